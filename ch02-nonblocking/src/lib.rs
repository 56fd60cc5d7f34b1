//! ch02-nonblocking
