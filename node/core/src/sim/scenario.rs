//! Random lives of a guild.
