//! The test client: scripted, hostile on purpose, and bound by deadlines.
