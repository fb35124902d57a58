//! The law again, slowly.
