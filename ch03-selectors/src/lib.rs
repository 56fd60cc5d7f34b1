//! ch03-selectors
