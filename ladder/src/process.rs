//! A model in a process of its own, so that its time, memory and descriptors are nobody else's.
//!
//! The program that wants one runs *itself* again with the hidden arguments `serve ch03/epoll`;
//! so there is nothing else to build, and no file to find. Its `main` begins with
//! [`serve_if_asked`]. Parent and child speak in lines over the child's standard input and output:
//!
//! ```text
//! child:  listening 127.0.0.1:40123
//! parent: cpu
//! child:  cpu 1234567                       (nanoseconds so far)
//! parent: stop
//! child:  stopped 180 3 4096 0 0 0 0        (see `Stopped`)
//! ```
//!
//! When the parent dies, the child's input ends, and that is a stop too: no server is left behind.

mod frozen;

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{self, Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};

use crate::{Chapter, Model, Report, Stop, socket, usage};

pub use frozen::Frozen;

/// How long a child may take to answer, however busy the machine is.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long threads may take to leave the process's table after they were joined: the kernel
/// wakes the joiner a moment before it takes the entry away.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(1);

/// Between two looks whether a child has ended, which it does within a moment.
const ENDED_YET: Duration = Duration::from_micros(200);

/// What a child is given beside its model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// Its limit of open descriptors (`RLIMIT_NOFILE`); `None` leaves the parent's.
    pub descriptors: Option<u64>,
    /// The core it is kept on; `None` leaves it to the scheduler.
    pub core: Option<usize>,
    /// Whether what it says on its standard error is dropped: panics that were asked for, say.
    pub quiet: bool,
}

/// A running model, seen from the parent. Dropping it kills the process.
#[derive(Debug)]
pub struct Server {
    child: Child,
    requests: ChildStdin,
    answers: Receiver<String>,
    addr: SocketAddr,
}

/// What a child said when it had stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stopped {
    /// From the request to the return of `serve`.
    pub took: Duration,
    /// What `serve` returned.
    pub report: Report,
    /// Descriptors open after `serve`, less those before it.
    pub descriptors_left: i64,
    /// Threads alive after `serve`, less those before it.
    pub threads_left: i64,
}

impl Server {
    /// Starts the model called `path`, such as `ch03/epoll`, and returns once it listens.
    ///
    /// # Errors
    ///
    /// When the process cannot be started, or ends before it listens.
    pub fn spawn(path: &str, setup: Setup) -> io::Result<Server> {
        Server::spawn_by(Command::new(env::current_exe()?), path, setup)
    }

    /// As [`Server::spawn`], by a command that ends with this program: a tracer and its options,
    /// say, which then runs the server. What it starts must keep its process id and its standard
    /// input and output.
    ///
    /// # Errors
    ///
    /// As [`Server::spawn`].
    pub fn spawn_by(mut command: Command, path: &str, setup: Setup) -> io::Result<Server> {
        command.arg("serve").arg(path);
        command.arg(setup.descriptors.map_or_else(|| "-".to_owned(), |limit| limit.to_string()));
        command.arg(setup.core.map_or_else(|| "-".to_owned(), |core| core.to_string()));
        if setup.quiet {
            command.stderr(Stdio::null());
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(requests), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            unreachable!("both were asked for");
        };
        let (sender, answers) = mpsc::channel();
        // A thread, so that a child which hangs cannot hang us: answers are taken with a deadline.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let unknown = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let mut server = Server { child, requests, answers, addr: unknown };
        server.addr = server.answer("listening")?.parse().map_err(io::Error::other)?;
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processor time it has used so far, user and system, all threads.
    ///
    /// # Errors
    ///
    /// When the process is gone or does not answer.
    pub fn cpu(&mut self) -> io::Result<Duration> {
        self.ask("cpu")?;
        self.answer("cpu")?.parse().map(Duration::from_nanos).map_err(io::Error::other)
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    ///
    /// When it does not stop, when `serve` fails or panics, or when it had ended before.
    pub fn stop(mut self) -> io::Result<Stopped> {
        self.ask("stop")?;
        let answer = self.answer("stopped")?;
        self.ended()?;
        let numbers: Vec<i64> = answer.split(' ').filter_map(|word| word.parse().ok()).collect();
        let &[micros, accepted, bytes_echoed, lost, refused, descriptors_left, threads_left] =
            &numbers[..]
        else {
            return Err(io::Error::other(format!("the server's last words: {answer}")));
        };
        let [accepted, bytes_echoed, lost, refused] =
            [accepted, bytes_echoed, lost, refused].map(i64::unsigned_abs);
        let report = Report { accepted, bytes_echoed, lost, refused };
        let took = Duration::from_micros(micros.unsigned_abs());
        Ok(Stopped { took, report, descriptors_left, threads_left })
    }

    /// Ends the process as it is (SIGTERM), and waits until it has. `serve` does not return, so nothing is
    /// said of what it did; but neither is anything executed to find that out.
    ///
    /// # Errors
    ///
    /// When it had ended before, or does not end.
    pub fn terminate(mut self) -> io::Result<()> {
        kill_process(frozen::pid(self.id())?, Signal::TERM)?;
        self.ended()
    }

    /// Waits for the process to end by itself, which it does now: a tracer around it writes down what
    /// it has seen only then.
    fn ended(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                let text = format!("the server stopped, but did not end in {ANSWER_TIMEOUT:?}");
                return Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
            thread::sleep(ENDED_YET);
        }
        Ok(())
    }

    fn ask(&mut self, request: &str) -> io::Result<()> {
        writeln!(self.requests, "{request}").map_err(|error| self.gone(&error.to_string()))
    }

    fn answer(&mut self, word: &str) -> io::Result<String> {
        let line = self.answers.recv_timeout(ANSWER_TIMEOUT).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => {
                let text = format!("the server did not answer '{word}' in {ANSWER_TIMEOUT:?}");
                io::Error::new(io::ErrorKind::TimedOut, text)
            }
            mpsc::RecvTimeoutError::Disconnected => self.gone("no answer"),
        })?;
        match line.strip_prefix(word) {
            Some(rest) => Ok(rest.trim().to_owned()),
            None => Err(io::Error::other(line)),
        }
    }

    fn gone(&mut self, what: &str) -> io::Error {
        let status = self.child.wait().map_or_else(|error| error.to_string(), |s| s.to_string());
        io::Error::new(io::ErrorKind::BrokenPipe, format!("the server ended ({status}): {what}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After an orderly stop both find nothing to do but to collect the exit status.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child's side: if this program was started as a server, serves, and returns the exit status
/// that `main` should end with. `None`: it was started by a person.
#[must_use]
pub fn serve_if_asked(chapters: &[Chapter]) -> Option<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [serve, path, descriptors, core] = &arguments[..] else { return None };
    if serve != "serve" {
        return None;
    }
    let (descriptors, core) = (descriptors.parse().ok(), core.parse().ok());
    let setup = Setup { descriptors, core, ..Setup::default() };
    let outcome = match find(chapters, path) {
        Some(model) => run(model, setup),
        None => Err(io::Error::new(io::ErrorKind::NotFound, format!("no model is called {path}"))),
    };
    Some(match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("failed: {error}");
            ExitCode::FAILURE
        }
    })
}

fn find(chapters: &[Chapter], path: &str) -> Option<Model> {
    let mut models = chapters.iter().flat_map(|c| c.models.iter().map(move |m| (c.path(m), *m)));
    models.find(|(name, _)| name == path).map(|(_, model)| model)
}

/// What is counted before and after, to find what `serve` left behind.
fn holdings() -> io::Result<[i64; 2]> {
    let descriptors = usage::descriptors_of_this_process()?;
    let threads = usage::threads_of(process::id())?;
    Ok([i64::try_from(descriptors).unwrap_or(i64::MAX), i64::try_from(threads).unwrap_or(i64::MAX)])
}

fn run(model: Model, setup: Setup) -> io::Result<()> {
    if let Some(core) = setup.core {
        // Where cores cannot be chosen the bench says so itself.
        let _ = usage::pin_to_core(core);
    }
    let stop = Stop::new()?;
    let asked = Arc::new(OnceLock::new());
    let (asking, when) = (stop.clone(), Arc::clone(&asked));
    thread::Builder::new().name("control".into()).spawn(move || obey(&asking, &when))?;
    let before = holdings()?;
    let listener = socket::listen((Ipv4Addr::LOCALHOST, 0).into())?;
    if let Some(limit) = setup.descriptors {
        rlimit::setrlimit(rlimit::Resource::NOFILE, limit, limit)?;
    }
    println!("listening {}", listener.local_addr()?);
    let report = (model.serve)(listener, stop)?;
    let returned = Instant::now();
    let Some(asked) = asked.get() else {
        return Err(io::Error::other(format!("serve returned before it was asked to: {report}")));
    };
    let took = returned.saturating_duration_since(*asked).as_micros();
    let Report { accepted, bytes_echoed, lost, refused } = report;
    let [descriptors, threads] = left_behind(before, returned)?;
    println!("stopped {took} {accepted} {bytes_echoed} {lost} {refused} {descriptors} {threads}");
    Ok(())
}

fn left_behind(before: [i64; 2], since: Instant) -> io::Result<[i64; 2]> {
    loop {
        let now = holdings()?;
        let left = [now[0] - before[0], now[1] - before[1]];
        if left == [0, 0] || since.elapsed() > SETTLE_TIMEOUT {
            return Ok(left);
        }
        thread::yield_now();
    }
}

/// The child's control thread: answers questions, passes the request to stop on.
fn obey(stop: &Stop, asked: &OnceLock<Instant>) {
    for line in io::stdin().lines().map_while(Result::ok) {
        match line.as_str() {
            "cpu" => println!("cpu {}", usage::cpu_of_this_process().as_nanos()),
            "stop" => break,
            other => eprintln!("unknown request: {other}"),
        }
    }
    let _ = asked.set(Instant::now());
    stop.request();
    // Stays: a thread that ended would change the count of what `serve` left behind.
    loop {
        thread::park();
    }
}
