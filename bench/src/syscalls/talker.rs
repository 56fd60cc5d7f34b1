//! A client that says a message, or several at once, and waits for whatever it is told to wait for.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::script::{Script, Seen};

/// A server that does not answer in this time has forgotten its client.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Talker {
    stream: TcpStream,
    script: Script,
    id: u32,
    sequence: u64,
    requests: Vec<u8>,
}

impl Talker {
    pub(crate) fn connect(addr: SocketAddr, id: u32, script: Script) -> Result<Talker> {
        let stream = TcpStream::connect_timeout(&addr, PATIENCE).context("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Talker { stream, script, id, sequence: 0, requests: script.requests() })
    }

    pub(crate) fn say(&mut self) -> Result<()> {
        self.script.stamp(&mut self.requests, self.id, self.sequence + 1);
        self.sequence += self.script.depth as u64;
        self.stream.write_all(&self.requests).context("sending a message")
    }

    pub(crate) fn hear(&mut self) -> Result<()> {
        let mut answer = vec![0; self.script.answer_bytes_max()];
        let (mut came, mut seen) = (0, Seen::default());
        loop {
            match self.stream.read(&mut answer[came..]).context("waiting for an answer")? {
                0 => bail!("closed by the server after {came} bytes of an answer"),
                len => came += len,
            }
            let whole = self.script.answers(&self.requests, &answer[..came], &mut seen);
            if whole.map_err(|wrong| anyhow::anyhow!("{wrong}"))? {
                return Ok(());
            }
        }
    }

    /// Ends its side, and waits for the server to have ended its own.
    pub(crate) fn leave(mut self) -> Result<()> {
        self.stream.shutdown(Shutdown::Write).context("leaving")?;
        match self.stream.read(&mut [0; 1]).context("waiting for the server to close")? {
            0 => Ok(()),
            _ => bail!("a byte came that nobody had asked for"),
        }
    }
}
