//! ch05-http
