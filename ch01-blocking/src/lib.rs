//! ch01-blocking
