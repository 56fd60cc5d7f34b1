//! Child processes: started, talked to, waited for, and never left as zombies.
//!
//! A child's standard streams are pipes, and the reactor knows pipes. What is new is its end:
//! `exit` makes that an event, and `reap` sees to the children that nobody waits for.

mod child;
mod exit;
mod reap;

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};

pub use child::{Child, ChildStderr, ChildStdin, ChildStdout};

/// What to start, and how: the standard library's `Command`, whose children can be awaited.
///
/// What is not here can be set there first: a `Command` is made `from` one of the standard library.
/// All descriptors of this crate are closed in the child (CLOEXEC); it gets the three streams, and
/// whatever else the program itself lets through.
#[derive(Debug)]
pub struct Command {
    inner: std::process::Command,
    stdin_was_set: bool,
    kill_on_drop: bool,
}

impl From<std::process::Command> for Command {
    /// Its standard input counts as set: nobody can ask whether it was.
    fn from(command: std::process::Command) -> Command {
        Command { inner: command, stdin_was_set: true, kill_on_drop: false }
    }
}

impl Command {
    /// Starts `program`, which is looked for in `PATH` unless it has a slash in it.
    pub fn new(program: impl AsRef<OsStr>) -> Command {
        let inner = std::process::Command::new(program);
        Command { inner, stdin_was_set: false, kill_on_drop: false }
    }

    /// Adds an argument. No shell is involved: it arrives as it is.
    pub fn arg(&mut self, arg: impl AsRef<OsStr>) -> &mut Command {
        self.inner.arg(arg);
        self
    }

    /// Adds several.
    pub fn args(&mut self, args: impl IntoIterator<Item: AsRef<OsStr>>) -> &mut Command {
        self.inner.args(args);
        self
    }

    /// Sets a variable of its environment.
    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Command {
        self.inner.env(name, value);
        self
    }

    /// Lets it inherit no variable of ours.
    pub fn env_clear(&mut self) -> &mut Command {
        self.inner.env_clear();
        self
    }

    /// Starts it in `folder`.
    pub fn current_dir(&mut self, folder: impl AsRef<Path>) -> &mut Command {
        self.inner.current_dir(folder);
        self
    }

    /// Sets its standard input; ours, if nothing is said.
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Command {
        self.inner.stdin(stdin);
        self.stdin_was_set = true;
        self
    }

    /// Sets its standard output; ours, if nothing is said.
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Command {
        self.inner.stdout(stdout);
        self
    }

    /// Sets its standard error; ours, if nothing is said.
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Command {
        self.inner.stderr(stderr);
        self
    }

    /// Whether the child is killed when its [`Child`] is dropped before it has ended. If not, and
    /// nothing is said, it goes on by itself.
    pub fn kill_on_drop(&mut self, kill: bool) -> &mut Command {
        self.kill_on_drop = kill;
        self
    }

    /// Starts it. This call itself blocks, for as long as it takes to make a process.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no such program; else what fork(2) and execve(2) say.
    ///
    /// # Panics
    ///
    /// Outside a [`Runtime`](crate::Runtime).
    pub fn spawn(&mut self) -> io::Result<Child> {
        Child::new(self.inner.spawn()?, self.kill_on_drop)
    }

    /// Starts it, and waits for its end.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Command::spawn).
    pub async fn status(&mut self) -> io::Result<ExitStatus> {
        self.spawn()?.wait().await
    }

    /// Starts it, and collects its output and its errors until it ends. Its input is empty, unless
    /// it was set.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Command::spawn), and what read(2) says.
    pub async fn output(&mut self) -> io::Result<Output> {
        if !self.stdin_was_set {
            self.inner.stdin(Stdio::null());
        }
        self.inner.stdout(Stdio::piped()).stderr(Stdio::piped());
        self.spawn()?.communicate(b"").await
    }
}
