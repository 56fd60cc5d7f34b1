//! A future that is made and never awaited does nothing. The compiler says so, for each of ours.

#[test]
fn each_future_that_is_never_awaited_is_a_warning() {
    trybuild::TestCases::new().compile_fail("tests/never_awaited/*.rs");
}
