//! From a line to requests. Values are kept as they were written until somebody wants them: an id goes back as it came,
//! and a parameter that can't be read is refused by its name.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{error::RpcError, params::Params};

/// Deepest nesting taken.
const DEPTH_MAX: usize = 32;
/// Requests in one batch.
const BATCH_MAX: usize = 256;

/// What a request is answered under, to the letter.
pub(super) type Id = Box<RawValue>;

/// A request whose frame is sound.
#[derive(Debug)]
pub(super) struct Request {
    /// `None`: a notification, which gets no answer.
    pub(super) id: Option<Id>,
    /// What is wanted.
    pub(super) method: String,
    /// With what; the error where that is no object.
    pub(super) params: Result<Params, RpcError>,
}

/// What a line holds.
#[derive(Debug)]
pub(super) enum Incoming {
    /// One request, or the error to answer it with.
    One(Result<Request, (Id, RpcError)>),
    /// Several, answered together.
    Batch(Vec<Result<Request, (Id, RpcError)>>),
}

/// Reads a line.
pub(super) fn parse(line: &[u8]) -> Result<Incoming, RpcError> {
    let text = std::str::from_utf8(line).map_err(|_| RpcError::parse("the line is not UTF-8"))?;
    if depth(text) > DEPTH_MAX {
        return Err(RpcError::parse(format!("the line is nested deeper than {DEPTH_MAX} levels")));
    }
    let not_json = |e| RpcError::parse(format!("the line is not JSON: {e}"));
    let value: &RawValue = serde_json::from_str(text).map_err(not_json)?;
    if !value.get().starts_with('[') {
        return Ok(Incoming::One(request(value)));
    }
    let values: Vec<&RawValue> = serde_json::from_str(value.get()).map_err(not_json)?;
    match values.len() {
        0 => Err(RpcError::request("the batch is empty")),
        1..=BATCH_MAX => Ok(Incoming::Batch(values.into_iter().map(request).collect())),
        _ => Err(RpcError::request(format!("a batch has at most {BATCH_MAX} requests"))),
    }
}

fn request(value: &RawValue) -> Result<Request, (Id, RpcError)> {
    let refuse =
        |id: Option<&RawValue>, message| Err((id.unwrap_or(RawValue::NULL).to_owned(), RpcError::request(message)));
    let Ok(mut object) = serde_json::from_str::<BTreeMap<String, &RawValue>>(value.get()) else {
        return refuse(None, "a request is an object");
    };
    let id = object.remove("id");
    if id.is_some_and(|id| id.get().starts_with(['{', '[', 't', 'f'])) {
        return refuse(None, "an id is a string or a number");
    }
    let mut text = |name| serde_json::from_str::<String>(object.remove(name)?.get()).ok();
    if text("jsonrpc").as_deref() != Some("2.0") {
        return refuse(id, "a request has \"jsonrpc\": \"2.0\"");
    }
    let Some(method) = text("method") else {
        return refuse(id, "a request names its method in a string");
    };
    let params = object.remove("params").map_or_else(|| Ok(Params::default()), Params::read);
    if !object.is_empty() {
        return refuse(id, "a request has jsonrpc, id, method and params, and nothing else");
    }
    Ok(Request { id: id.map(RawValue::to_owned), method, params })
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
    use serde_json::Value;

    use super::*;

    fn code(line: &[u8]) -> i64 {
        let error = match parse(line) {
            Err(error) | Ok(Incoming::One(Err((_, error)))) => error,
            Ok(Incoming::One(Ok(request))) => request.params.unwrap_err(),
            other => panic!("{other:?}"),
        };
        let response: Value = serde_json::from_str(&error.response(RawValue::NULL)).unwrap();
        response["error"]["code"].as_i64().unwrap()
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
        assert!(request.method == "a" && request.id.is_none());
    }

    #[test]
    fn a_batch_answers_each_of_its_own() {
        let Ok(Incoming::Batch(requests)) = parse(br#"[1,{"jsonrpc":"2.0","id":"x","method":"m"}]"#) else { panic!() };
        assert!(requests[0].is_err() && requests[1].is_ok());
    }

    #[test]
    fn an_id_stays_as_it_was_written() {
        for id in ["1.0", "1e3", "-0", "18446744073709551616", "null", r#""\u0061\ud800""#, "\"\""] {
            let line = format!(r#" {{"id" : {id} , "jsonrpc":"2.0","method":"a"}} "#);
            let Ok(Incoming::One(Ok(request))) = parse(line.as_bytes()) else { panic!("{id}") };
            assert_eq!(request.id.unwrap().get(), id);
        }
        assert_eq!(code(br#"{"jsonrpc":"2.0","id":true,"method":"a"}"#), -32600);
    }
}
