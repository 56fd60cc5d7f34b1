//! A small HTTP server, right in every respect but the one that is planted.
//!
//! It runs on tokio, for its waiting is not what is tested here. Each fault is one `if` beside
//! what would have been right.

use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ladder::socket::{ACCEPT_PAUSE, AcceptError, READ_BYTES, sort_accept_error};
use ladder::{Report, Stop, socket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::answers::Answer;
use crate::body::Body;
use crate::fault::Fault;
use crate::request::{Framing, Request, parse};

const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Whose turn it is, for the faults that have turns.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// How long what a refused client still sends is read and thrown away.
const LINGER: Duration = Duration::from_secs(5);

/// One connection, and what was read of it and not used yet.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) inbox: Vec<u8>,
    pub(crate) fault: Fault,
    stream: TcpStream,
    /// What [`Fault::HoldsAnswers`] keeps back.
    held: Vec<u8>,
    report: Arc<Mutex<Report>>,
}

/// Serves until asked to stop, with one fault.
pub(crate) fn serve(listener: TcpListener, stop: &Stop, fault: Fault) -> io::Result<Report> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = Arc::new(Mutex::new(Report::default()));
    let stopped = Arc::new(Notify::new());
    let notified = Arc::clone(&stopped);
    let _on_stop = stop.on_request(move || notified.notify_one());
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::select! {
            () = stopped.notified() => Ok(()),
            failed = accept(&listener, &report, fault) => failed,
        }
    })?;
    drop(runtime);
    let report = *lock(&report);
    Ok(report)
}

fn lock(report: &Mutex<Report>) -> MutexGuard<'_, Report> {
    report.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(
    listener: &tokio::net::TcpListener,
    report: &Arc<Mutex<Report>>,
    fault: Fault,
) -> io::Result<()> {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                lock(report).accepted += 1;
                let (inbox, held, report) = (Vec::new(), Vec::new(), Arc::clone(report));
                let mut connection = Connection { inbox, fault, stream, held, report };
                tokio::spawn(async move {
                    if connection.serve().await.is_err() && fault != Fault::CountsNoLoss {
                        lock(&connection.report).lost += 1;
                    }
                    if fault != Fault::ClosesUnread {
                        let _ = tokio::time::timeout(LINGER, connection.linger()).await;
                    }
                });
            }
            Err(error) => match sort_accept_error(&error) {
                AcceptError::Next => {}
                AcceptError::Pause => tokio::time::sleep(ACCEPT_PAUSE).await,
                AcceptError::Fatal => return Err(error),
            },
        }
    }
}

impl Connection {
    /// Reads once. The end of input is an error for those who need more.
    pub(crate) async fn read(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; READ_BYTES];
        match self.stream.read(&mut buffer).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            read => {
                self.inbox.extend_from_slice(&buffer[..read]);
                Ok(())
            }
        }
    }

    async fn linger(&mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        loop {
            self.inbox.clear();
            self.read().await?;
        }
    }

    /// Request after request, until either side has enough.
    async fn serve(&mut self) -> io::Result<()> {
        socket::tune(&self.stream)?;
        let mut turn = None;
        while let Some(len) = self.head().await? {
            let head: Vec<u8> = self.inbox.drain(..len).collect();
            let Some(request) = parse(&head, self.fault) else {
                return self.refuse("400 Bad Request").await;
            };
            if self.fault == Fault::ClosesOnHalfClose
                && matches!(self.stream.try_read(&mut [0]), Ok(0))
            {
                return Ok(());
            }
            if !self.answer(&request).await? {
                return Ok(());
            }
            if self.fault == Fault::KeptInTurn && turn.is_none() {
                turn = Some(TURN.lock().await);
            }
            if self.fault == Fault::ForgetsWhatIsBehind {
                self.inbox.clear();
            }
        }
        Ok(())
    }

    /// The length of the next head; `None` at an end between two requests.
    async fn head(&mut self) -> io::Result<Option<usize>> {
        let mut turn = None;
        loop {
            if self.fault == Fault::HeadsInTurn && !self.inbox.is_empty() && turn.is_none() {
                turn = Some(TURN.lock().await);
            }
            while self.inbox.starts_with(b"\r\n") {
                if self.fault == Fault::NoEmptyLineBefore {
                    return self.refuse("400 Bad Request").await;
                }
                self.inbox.drain(..2);
            }
            let end = self.inbox.windows(4).position(|four| four == b"\r\n\r\n");
            let too_large = self.inbox.len() > HEAD_BYTES_MAX && self.fault != Fault::UnboundedHead;
            let half = self.fault == Fault::OneReadIsOneRequest && !self.inbox.is_empty();
            match end {
                Some(end) => return Ok(Some(end + 4)),
                None if too_large || half => {
                    return self.refuse("431 Request Header Fields Too Large").await;
                }
                None => match self.read().await {
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                        return if self.inbox.is_empty() { Ok(None) } else { Err(error) };
                    }
                    outcome => outcome?,
                },
            }
        }
    }

    /// Answers with an error, and is the end of the connection.
    async fn refuse<T>(&mut self, status: &'static str) -> io::Result<T> {
        self.text(Answer::text(status, "refused\n"), true, false).await?;
        Err(ErrorKind::InvalidData.into())
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(bytes);
        if self.fault == Fault::HoldsAnswers && !self.inbox.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.held);
        match self.fault {
            Fault::WriteTakenForWriteAll => self.stream.write(&bytes).await.map(|_| ()),
            _ => self.stream.write_all(&bytes).await,
        }
    }

    /// Sends a body back. The answer begins when its first piece is there.
    pub(crate) async fn echo(&mut self, request: &Request) -> io::Result<bool> {
        let turn = (self.fault == Fault::BodiesInTurn).then(|| TURN.lock());
        let _turn = if let Some(turn) = turn { Some(turn.await) } else { None };
        let mut body = Body::new(request.framing);
        let may_ask = !request.old || self.fault == Fault::ContinuesTo10;
        if request.expects && may_ask && !body.is_whole() && self.fault != Fault::NeverContinues {
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let mut piece = match body.next(self).await {
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return self.refuse("400 Bad Request").await;
            }
            outcome => outcome?,
        };
        if let (Fault::CollectsTheBody, Some(piece)) = (self.fault, &mut piece) {
            while let Some(more) = body.next(self).await? {
                piece.extend_from_slice(&more);
            }
        }
        let framing = match request.framing {
            Framing::Sized(size) => format!("Content-Length: {size}\r\n"),
            Framing::Chunked => "Transfer-Encoding: chunked\r\n".to_owned(),
        };
        let close = if request.close { "Connection: close\r\n" } else { "" };
        let head = format!("HTTP/1.1 200 OK\r\n{framing}{close}\r\n");
        self.send(head.as_bytes()).await?;
        let chunked = request.framing == Framing::Chunked;
        while let Some(data) = piece {
            lock(&self.report).bytes_echoed += data.len() as u64;
            if chunked {
                let line = format!("{:x}\r\n", data.len());
                self.send(&[line.as_bytes(), &data, b"\r\n"].concat()).await?;
            } else {
                self.send(&data).await?;
            }
            piece = body.next(self).await?;
        }
        if chunked {
            self.send(b"0\r\n\r\n").await?;
        }
        Ok(!request.close)
    }
}
