//! HTTP clients of others, as programs of their own: in Rust in `bench/peers/clients`, in Python in
//! `bench/peers/clients.py`.
//!
//! Each is told by whom, what, how often, and how many at a time; it says how long that took it, without its
//! own start, in nanoseconds of the wall's clock and of its processor's.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{built, installed};
use crate::operations::Took;

/// Builds the program of those in Rust, and says the version of one.
///
/// # Errors
///
/// Where it can not be built.
pub fn in_rust(name: &str) -> Result<String> {
    let version = said(Command::new(program()?).args([name, "version"]))?;
    Ok(version.trim().to_owned())
}

/// The version of one in Python.
///
/// # Errors
///
/// Where there is no Python, or it has no such package.
pub fn in_python(name: &str) -> Result<String> {
    installed::python_version()?;
    let say = format!("import {name}; print({name}.__version__)");
    let version = installed::said("python3", &["-c", &say]);
    version.with_context(|| format!("Python has no {name}; get it by: pip install {name}"))
}

/// Lets one in Rust ask for `url` so many times, `limit` at a time.
///
/// # Panics
///
/// When it fails, or was not [prepared](in_rust).
#[must_use]
pub fn ask_in_rust(name: &str, url: &str, times: u64, limit: usize) -> Took {
    let program = program().expect("it was built");
    took(Command::new(program).args([name, url, &times.to_string(), &limit.to_string()]))
}

/// The same for one in Python.
///
/// # Panics
///
/// When it fails.
#[must_use]
pub fn ask_in_python(name: &str, url: &str, times: u64, limit: usize) -> Took {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/clients.py");
    let mut command = Command::new("python3");
    took(command.arg(program).args([name, url, &times.to_string(), &limit.to_string()]))
}

fn program() -> Result<&'static Path> {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    if let Some(program) = PROGRAM.get() {
        return Ok(program);
    }
    let built = built::build_workspace("clients")?;
    Ok(PROGRAM.get_or_init(|| built))
}

fn took(command: &mut Command) -> Took {
    let text = said(command).expect("it does what it is asked");
    read(&text).unwrap_or_else(|| panic!("it said {text:?}"))
}

/// Two numbers: nanoseconds by the wall's clock, and of processor time.
fn read(text: &str) -> Option<Took> {
    let mut numbers = text.split_whitespace().map(str::parse);
    let (Some(Ok(wall)), Some(Ok(cpu)), None) = (numbers.next(), numbers.next(), numbers.next())
    else {
        return None;
    };
    Some(Took { wall: Duration::from_nanos(wall), cpu: Duration::from_nanos(cpu) })
}

fn said(command: &mut Command) -> Result<String> {
    let name = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("running {name}"))?;
    let why = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name}: {}", why.trim());
    String::from_utf8(output.stdout)
        .with_context(|| format!("{name} said something else than text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_says_two_numbers() {
        let took = read("1500000 20000\n").expect("two");
        assert_eq!(took.wall, Duration::from_micros(1500));
        assert_eq!(took.cpu, Duration::from_micros(20));
        for text in ["", "1", "1 2 3", "1 x", "-1 2"] {
            assert!(read(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn who_is_not_there_says_how_to_get_it() {
        let why = in_python("no_such_package_as_this").expect_err("there is none").to_string();
        assert!(why.contains("apt install python3") || why.contains("pip install"), "{why}");
    }
}
