# The headless node. The rendezvous will have an image of its own once it has a function.
#
#   docker build -t bivouac .
#   docker run -i --network host -v bivouac:/data bivouac
#
# Multicast does not cross Docker's bridge: only with the host's network does it find peers by itself.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --release --package bivouac-node --bin bivouac

FROM debian:bookworm-slim
RUN install -d -o 65532 -g 65532 /data
COPY --from=build /src/target/release/bivouac /usr/local/bin/bivouac
USER 65532:65532
VOLUME /data
ENTRYPOINT ["bivouac"]
CMD ["rpc", "--data", "/data"]
