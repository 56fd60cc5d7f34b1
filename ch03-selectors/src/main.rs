//! `cargo run -p ch03-selectors -- list` shows what there is.

fn main() -> std::process::ExitCode {
    ladder::cli::run(&ch03_selectors::CHAPTER)
}
