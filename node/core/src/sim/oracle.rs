//! What must hold once all is quiet.
