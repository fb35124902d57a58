//! Trust is a type: bytes decode to [`Signed`], and only a check of the signature makes [`Verified`] of it.

use std::ops::Deref;

use minicbor::{Decode, Encode};

use crate::{
    canonical,
    sign::{BadSignature, Domain, PublicKey, Signature, SigningKey},
};

/// A value with a claimed signature over its canonical encoding. In CBOR `[value, signer, signature]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Signed<T> {
    /// The value, as yet unproven.
    #[n(0)]
    pub value: T,
    /// Who is said to have signed it.
    #[n(1)]
    pub signer: PublicKey,
    /// The signature.
    #[n(2)]
    pub signature: Signature,
}

impl<T: Encode<()>> Signed<T> {
    /// Signs the canonical encoding of a value.
    pub fn sign(domain: Domain, key: &SigningKey, value: T) -> Self {
        let signature = key.sign(domain, &canonical::encode(&value));
        Self { value, signer: key.public(), signature }
    }

    /// Checks the signature. Whether the signer had any right to sign this is the caller's question.
    pub fn verify(self, domain: Domain) -> Result<Verified<T>, BadSignature> {
        self.check(domain)?;
        Ok(Verified(self))
    }

    /// Checks the signature of a value that stays where it is.
    pub(crate) fn check(&self, domain: Domain) -> Result<(), BadSignature> {
        self.signer.verify(domain, &canonical::encode(&self.value), &self.signature)
    }
}

/// A value whose signature was checked. There is no other way to make one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Verified<T>(Signed<T>);

impl<T> Verified<T> {
    /// Who signed it.
    pub fn signer(&self) -> PublicKey {
        self.0.signer
    }

    /// The value with its signature, to pass it on.
    pub fn as_signed(&self) -> &Signed<T> {
        &self.0
    }

    /// The value with its signature, to pass it on.
    pub fn into_signed(self) -> Signed<T> {
        self.0
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.0.value
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}
