//! Every model of this chapter goes through the suite.

fn main() -> std::process::ExitCode {
    ladder::conformance::main(&ch01_blocking::CHAPTER)
}
