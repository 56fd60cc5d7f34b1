//! The least HTTP server that is right for the clients of the bench: a loop over epoll(7), and httparse for
//! the heads. What the HTTP models are measured against.
//!
//! One thread, level triggered, one buffer to read into; what came at once is answered by one write. It
//! knows `GET /` and `POST /echo` with a Content-Length, keeps every connection, and says nothing that it
//! need not, not even the date.
//!
//! A slowdown can be planted in it, which the instruments have to find.

use std::hint::black_box;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use ladder::socket::{self, AcceptError, READ_BYTES, sort_accept_error};
use ladder::{Report, Stop};
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;

/// What names the listener and the stop among the events; clients are named by their descriptors.
const LISTENER: u64 = u64::MAX;
const STOP: u64 = u64::MAX - 1;

/// Events that one wait brings: as many as in the ladder's own loops.
const EVENTS_MAX: usize = 1024;

/// Fields of a head.
const FIELDS_MAX: usize = 32;

/// What of a request may lie unread: a client of the bench sends less.
const INPUT_BYTES_MAX: usize = 1 << 20;

/// A client; what it sent and is not whole, and what it has not taken.
struct Client {
    stream: TcpStream,
    input: Vec<u8>,
    output: Vec<u8>,
}

/// Serves until it is asked to stop.
///
/// # Errors
///
/// When there is no epoll, or the listener fails.
pub(super) fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    serve_slowly(listener, stop, 0)
}

/// How many steps of work for nothing take that long here.
pub(super) fn steps_in(time: Duration) -> u32 {
    const TRIED: u32 = 100_000;
    // Of several tries the quickest was the least disturbed.
    let tries = (0..20).map(|_| {
        let begun = Instant::now();
        work_for_nothing(TRIED);
        begun.elapsed()
    });
    let quickest = tries.min().unwrap_or_default().as_nanos().max(1);
    u32::try_from(time.as_nanos() * u128::from(TRIED) / quickest).unwrap_or(u32::MAX)
}

fn work_for_nothing(steps: u32) {
    (0..steps).for_each(|step| _ = black_box(step));
}

/// The same, with so many `steps` of work for nothing in each request.
///
/// # Errors
///
/// When there is no epoll, or the listener fails.
#[expect(clippy::needless_pass_by_value, reason = "the contract of a model")]
pub(super) fn serve_slowly(listener: TcpListener, stop: Stop, steps: u32) -> io::Result<Report> {
    listener.set_nonblocking(true)?;
    let ready = epoll::create(CreateFlags::CLOEXEC)?;
    let (stopped, mut stopping) = UnixStream::pair()?;
    let _on_stop = stop.on_request(move || _ = stopping.write(b"x"));
    epoll::add(&ready, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
    epoll::add(&ready, &stopped, EventData::new_u64(STOP), EventFlags::IN)?;
    let mut clients: Vec<Option<Client>> = Vec::new();
    let mut buffers = (vec![0; READ_BYTES], Vec::new());
    let mut report = Report::default();
    // Hidden from the compiler, so that it makes the same program of all of them.
    let steps = black_box(steps);
    let mut events: Vec<Event> = Vec::with_capacity(EVENTS_MAX);
    loop {
        events.clear();
        match epoll::wait(&ready, rustix::buffer::spare_capacity(&mut events), None) {
            Err(Errno::INTR) => continue,
            outcome => _ = outcome?,
        }
        for event in &events {
            let number = match event.data.u64() {
                STOP => return Ok(report),
                LISTENER => {
                    accept(&listener, &ready, &mut clients, &mut report)?;
                    continue;
                }
                number => usize::try_from(number).unwrap_or(usize::MAX),
            };
            let Some(place) = clients.get_mut(number) else { continue };
            let Some(client) = place else { continue };
            let outcome = client.on_event(&ready, &mut buffers, steps, &mut report);
            if !outcome.unwrap_or_else(|_| {
                report.lost += 1;
                false
            }) {
                *place = None;
            }
        }
    }
}

fn accept(
    listener: &TcpListener,
    ready: impl std::os::fd::AsFd,
    clients: &mut Vec<Option<Client>>,
    report: &mut Report,
) -> io::Result<()> {
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                report.accepted += 1;
                let number = usize::try_from(stream.as_raw_fd()).unwrap_or(0);
                let set = stream.set_nonblocking(true).and_then(|()| socket::tune(&stream));
                let data = EventData::new_u64(number as u64);
                if set.is_err() || epoll::add(&ready, &stream, data, EventFlags::IN).is_err() {
                    report.lost += 1;
                    continue;
                }
                clients.resize_with(clients.len().max(number + 1), || None);
                clients[number] = Some(Client { stream, input: Vec::new(), output: Vec::new() });
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => match sort_accept_error(&error) {
                AcceptError::Next => {}
                // It is level triggered: the next wait names the listener again.
                AcceptError::Pause => return Ok(()),
                AcceptError::Fatal => return Err(error),
            },
        }
    }
}

impl Client {
    /// False once it is gone. `buffers`: what is read into, and where answers are put together.
    fn on_event(
        &mut self,
        ready: impl std::os::fd::AsFd,
        buffers: &mut (Vec<u8>, Vec<u8>),
        steps: u32,
        report: &mut Report,
    ) -> io::Result<bool> {
        let (buffer, answers) = buffers;
        let data = EventData::new_u64(u64::from(self.stream.as_raw_fd().unsigned_abs()));
        if !self.output.is_empty() {
            let len = some(self.stream.write(&self.output))?.unwrap_or(0);
            self.output.drain(..len);
            if self.output.is_empty() {
                epoll::modify(ready, &self.stream, data, EventFlags::IN)?;
            }
            return Ok(true);
        }
        let Some(len) = some(self.stream.read(buffer))? else { return Ok(true) };
        if len == 0 {
            return Ok(false);
        }
        answers.clear();
        if self.input.is_empty() {
            let used = answer_all(&buffer[..len], answers, steps, report)?;
            self.input.extend_from_slice(&buffer[used..len]);
        } else {
            self.input.extend_from_slice(&buffer[..len]);
            let used = answer_all(&self.input, answers, steps, report)?;
            self.input.drain(..used);
        }
        if self.input.len() > INPUT_BYTES_MAX {
            return Err(ErrorKind::InvalidData.into());
        }
        if !answers.is_empty() {
            let len = some(self.stream.write(answers))?.unwrap_or(0);
            if len < answers.len() {
                self.output.extend_from_slice(&answers[len..]);
                epoll::modify(ready, &self.stream, data, EventFlags::OUT)?;
            }
        }
        Ok(true)
    }
}

/// What a call did, unless it has to be made again.
fn some(outcome: io::Result<usize>) -> io::Result<Option<usize>> {
    match outcome {
        Ok(len) => Ok(Some(len)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Answers all whole requests of `input`, and says how much of it they are.
fn answer_all(
    input: &[u8],
    answers: &mut Vec<u8>,
    steps: u32,
    report: &mut Report,
) -> io::Result<usize> {
    let mut used = 0;
    while let Some(len) = answer(&input[used..], answers, report)? {
        used += len;
        work_for_nothing(steps);
    }
    Ok(used)
}

/// The length of the first request, once it is whole.
fn answer(input: &[u8], answers: &mut Vec<u8>, report: &mut Report) -> io::Result<Option<usize>> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut request = httparse::Request::new(&mut fields);
    let parsed = request.parse(input).map_err(io::Error::other)?;
    let httparse::Status::Complete(head) = parsed else { return Ok(None) };
    if request.method == Some("GET") {
        answers.extend_from_slice(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n");
        return Ok(Some(head));
    }
    let length = request.headers.iter().find(|f| f.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|field| std::str::from_utf8(field.value).ok()?.parse().ok());
    let length: usize = length.ok_or(ErrorKind::InvalidData)?;
    let Some(body) = input[head..].get(..length) else { return Ok(None) };
    write!(answers, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")?;
    answers.extend_from_slice(body);
    report.bytes_echoed += length as u64;
    Ok(Some(head + length))
}
