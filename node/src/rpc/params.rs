//! Named parameters, taken one by one; what is left over at the end is unknown. Every error names its parameter.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use bivouac_crypto::{DeviceId, PublicKey, UserId};
use data_encoding::HEXLOWER;
use serde::de::DeserializeOwned;
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use super::error::RpcError;

/// The parameters of one request, each as it was written.
#[derive(Debug, Default)]
pub(super) struct Params(BTreeMap<String, Box<RawValue>>);

/// What a parameter can be.
pub(super) trait Param: DeserializeOwned {
    /// In words.
    const IS: &'static str;
}

impl Param for String {
    const IS: &'static str = "a string";
}

impl Param for u32 {
    const IS: &'static str = "a whole number from 0 to 4294967295";
}

impl Param for bool {
    const IS: &'static str = "true or false";
}

impl Param for u64 {
    const IS: &'static str = "a whole number, 0 or more";
}

impl Param for usize {
    const IS: &'static str = "a whole number, 0 or more";
}

impl Param for Vec<String> {
    const IS: &'static str = "a list of strings";
}

impl Param for Value {
    const IS: &'static str = "JSON";
}

impl Params {
    /// Reads an object.
    pub(super) fn read(params: &RawValue) -> Result<Self, RpcError> {
        let members = serde_json::from_str(params.get());
        members.map(Self).map_err(|_| RpcError::params("params is an object with named members"))
    }

    /// Of an object in hand.
    pub(super) fn of(params: &Value) -> Result<Self, RpcError> {
        let params = to_raw_value(params).map_err(|e| RpcError::internal(e.to_string()))?;
        Self::read(&params)
    }

    /// A parameter that may be absent; `null` counts as absent.
    pub(super) fn optional<T: Param>(&mut self, name: &'static str) -> Result<Option<T>, RpcError> {
        match self.0.remove(name) {
            None => Ok(None),
            // Of the type that is wanted, or null.
            Some(value) => {
                serde_json::from_str(value.get()).map_err(|_| RpcError::param(name, format!("{name} is not {}", T::IS)))
            }
        }
    }

    /// A parameter that must be there.
    pub(super) fn required<T: Param>(&mut self, name: &'static str) -> Result<T, RpcError> {
        self.optional(name)?.ok_or_else(|| RpcError::param(name, format!("{name} is missing")))
    }

    /// An identifier that may be absent.
    pub(super) fn optional_id<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Result<Option<T>, RpcError> {
        let text: Option<String> = self.optional(name)?;
        text.map(|text| text.parse().map_err(|e| RpcError::param(name, format!("{name} is {e}")))).transpose()
    }

    /// An identifier that must be there.
    pub(super) fn id<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Result<T, RpcError> {
        self.optional_id(name)?.ok_or_else(|| RpcError::param(name, format!("{name} is missing")))
    }

    /// A user id.
    pub(super) fn user(&mut self, name: &'static str) -> Result<UserId, RpcError> {
        self.optional_user(name)?.ok_or_else(|| RpcError::param(name, format!("{name} is missing")))
    }

    /// A user id that may be absent.
    pub(super) fn optional_user(&mut self, name: &'static str) -> Result<Option<UserId>, RpcError> {
        let Some(text) = self.optional::<String>(name)? else { return Ok(None) };
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(|bytes| Some(UserId(bytes))).ok_or_else(|| {
            RpcError::param(
                name,
                format!("{name} is not a user id: expected 64 hexadecimal digits, as printed by an earlier answer"),
            )
        })
    }

    /// A device id.
    pub(super) fn device(&mut self, name: &'static str) -> Result<DeviceId, RpcError> {
        let text: String = self.required(name)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(|bytes| DeviceId::from(PublicKey::from_bytes(bytes))).ok_or_else(|| {
            let message = "is not a device id: expected 64 hexadecimal digits, as printed by an earlier answer";
            RpcError::param(name, format!("{name} {message}"))
        })
    }

    /// There must be no more.
    pub(super) fn finish(self) -> Result<(), RpcError> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => {
                let shown: String = name.chars().take(64).collect();
                Err(RpcError::param(shown.clone(), format!("{shown} is no parameter of this method; leave it out")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bivouac_core::model::GuildId;
    use serde_json::json;

    use super::*;

    fn params(value: Value) -> Params {
        Params::of(&value).unwrap()
    }

    fn named(error: RpcError) -> String {
        let response: Value = serde_json::from_str(&error.response(RawValue::NULL)).unwrap();
        assert_eq!(response["error"]["code"], -32602);
        assert_eq!(response["error"]["data"]["kind"], "invalid_params");
        response["error"]["data"]["param"].as_str().unwrap().to_owned()
    }

    #[test]
    fn every_mistake_names_its_parameter() {
        assert_eq!(named(params(json!({})).required::<String>("name").unwrap_err()), "name");
        assert_eq!(named(params(json!({"name": 5})).required::<String>("name").unwrap_err()), "name");
        assert_eq!(named(params(json!({"uses": -1})).optional::<u32>("uses").unwrap_err()), "uses");
        assert_eq!(named(params(json!({"guild": "zz"})).id::<GuildId>("guild").unwrap_err()), "guild");
        assert_eq!(named(params(json!({"color": 1})).finish().unwrap_err()), "color");
    }

    #[test]
    fn null_is_absent() {
        let mut params = params(json!({"topic": null, "name": "n"}));
        assert_eq!(params.optional::<String>("topic").unwrap(), None);
        assert_eq!(params.required::<String>("name").unwrap(), "n");
        params.finish().unwrap();
    }
}
