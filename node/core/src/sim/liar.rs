//! A malicious member's tools.
