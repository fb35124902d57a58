//! From a line to requests.

use serde_json::Value;

use super::{error::RpcError, params::Params};

/// Deepest nesting taken.
const DEPTH_MAX: usize = 32;
/// Requests in one batch.
const BATCH_MAX: usize = 256;

/// A request whose frame is sound.
#[derive(Debug)]
pub(super) struct Request {
    /// `None`: a notification, which gets no answer.
    pub(super) id: Option<Value>,
    /// What is wanted.
    pub(super) method: String,
    /// With what; the error where that is no object.
    pub(super) params: Result<Params, RpcError>,
}

/// What a line holds.
#[derive(Debug)]
pub(super) enum Incoming {
    /// One request, or the error to answer it with.
    One(Result<Request, (Value, RpcError)>),
    /// Several, answered together.
    Batch(Vec<Result<Request, (Value, RpcError)>>),
}

/// Reads a line.
pub(super) fn parse(line: &[u8]) -> Result<Incoming, RpcError> {
    let text = std::str::from_utf8(line).map_err(|_| RpcError::parse("the line is not UTF-8"))?;
    if depth(text) > DEPTH_MAX {
        return Err(RpcError::parse(format!("the line is nested deeper than {DEPTH_MAX} levels")));
    }
    let value = serde_json::from_str(text).map_err(|e| RpcError::parse(format!("the line is not JSON: {e}")))?;
    match value {
        Value::Array(values) if values.is_empty() => Err(RpcError::request("the batch is empty")),
        Value::Array(values) if values.len() > BATCH_MAX => {
            Err(RpcError::request(format!("a batch has at most {BATCH_MAX} requests")))
        }
        Value::Array(values) => Ok(Incoming::Batch(values.into_iter().map(request).collect())),
        value => Ok(Incoming::One(request(value))),
    }
}

fn request(value: Value) -> Result<Request, (Value, RpcError)> {
    let refuse = |id, message: &str| Err((id, RpcError::request(message)));
    let Value::Object(mut object) = value else { return refuse(Value::Null, "a request is an object") };
    let id = object.remove("id");
    let shown = match &id {
        None | Some(Value::Null | Value::String(_) | Value::Number(_)) => id.clone().unwrap_or_default(),
        Some(_) => return refuse(Value::Null, "an id is a string or a number"),
    };
    if object.remove("jsonrpc").as_ref().and_then(Value::as_str) != Some("2.0") {
        return refuse(shown, "a request has \"jsonrpc\": \"2.0\"");
    }
    let Some(Value::String(method)) = object.remove("method") else {
        return refuse(shown, "a request names its method in a string");
    };
    let params = match object.remove("params") {
        None => Ok(Params::default()),
        Some(Value::Object(params)) => Ok(Params::new(params)),
        Some(_) => Err(RpcError::params("params is an object with named members")),
    };
    if !object.is_empty() {
        return refuse(shown, "a request has jsonrpc, id, method and params, and nothing else");
    }
    Ok(Request { id, method, params })
}

/// How deep arrays and objects are nested, told without building them.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &[u8]) -> i64 {
        let error = match parse(line) {
            Err(error) | Ok(Incoming::One(Err((_, error)))) => error,
            Ok(Incoming::One(Ok(request))) => request.params.unwrap_err(),
            other => panic!("{other:?}"),
        };
        error.response(Value::Null)["error"]["code"].as_i64().unwrap()
    }

    #[test]
    fn what_is_no_json_is_a_parse_error() {
        assert_eq!(code(b"{"), -32700);
        assert_eq!(code(b"\xff\xfe"), -32700);
        assert_eq!(code("[".repeat(33).as_bytes()), -32700);
        assert_eq!(code(("[".repeat(33) + &"]".repeat(33)).as_bytes()), -32700);
    }

    #[test]
    fn what_is_no_request_is_an_invalid_request() {
        assert_eq!(code(b"[]"), -32600);
        assert_eq!(code(b"1"), -32600);
        assert_eq!(code(br#"{"jsonrpc":"1.0","id":1,"method":"a"}"#), -32600);
        assert_eq!(code(br#"{"jsonrpc":"2.0","id":[],"method":"a"}"#), -32600);
        assert_eq!(code(br#"{"jsonrpc":"2.0","id":1,"method":5}"#), -32600);
        assert_eq!(code(br#"{"jsonrpc":"2.0","id":1,"method":"a","more":1}"#), -32600);
        assert_eq!(code(br#"{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}"#), -32602);
    }

    #[test]
    fn brackets_inside_strings_do_not_nest() {
        assert_eq!(depth(r#"{"a":"[[[\"[[[{"}"#), 1);
        let line = format!(r#"{{"jsonrpc":"2.0","method":"a","params":{{"text":"{}"}}}}"#, "[".repeat(100));
        let Ok(Incoming::One(Ok(request))) = parse(line.as_bytes()) else { panic!() };
        assert_eq!((request.method.as_str(), request.id), ("a", None));
    }

    #[test]
    fn a_batch_answers_each_of_its_own() {
        let Ok(Incoming::Batch(requests)) = parse(br#"[1,{"jsonrpc":"2.0","id":"x","method":"m"}]"#) else { panic!() };
        assert!(requests[0].is_err() && requests[1].is_ok());
    }
}
