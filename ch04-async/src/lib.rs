//! ch04-async
