//! The desktop app. It will hold a node in its own process and import nothing of ours but `bivouac-node`.
//! It has no function yet.
