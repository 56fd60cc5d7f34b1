//! The same clients in an open loop: messages are due at a fixed rate, whatever the server does.
//!
//! A closed loop waits politely: while a server stalls nobody asks, so the stall is one slow answer. Real
//! clients come all the same. Here each message has a moment at which it is *due*. A client that still
//! waits for an answer by then sends it late, and what it waited counts: the *response time* runs from the
//! due moment, the *service time* from the real one. A generator that tells the second alone, and calls it
//! latency, has left out what its own politeness hid ("coordinated omission").
//!
//! The generator may be late, too. Where a client was free and its message went out late nevertheless,
//! that was the generator's own doing, and is told as its *lag*.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use ladder::usage;

use super::schedule::Schedule;
use super::{Fault, LOOK_EVERY, Load, Sample, histogram, nanoseconds};
use crate::client::Client;
use crate::script::Script;

/// The system wakes a sleeper up to so much late: it counts milliseconds (epoll_wait(2)), and wakes when it
/// can. Shortly before a message is due the generator looks again and again instead.
const NAP_LATE: Duration = Duration::from_millis(2);

/// What an open loop measured.
#[derive(Debug)]
pub struct OpenSample {
    /// As in a closed loop; its latency is the service time.
    pub closed: Sample,
    /// From the moment a message was due, in nanoseconds. What was due and never sent is in it, with the
    /// time that it had waited by the end.
    pub response: Histogram<u64>,
    /// By how much a message that could have gone out in time was late.
    pub lag: Histogram<u64>,
    /// Messages that were due in the time.
    pub due: u64,
    /// Those of them that were never sent, because their clients waited for earlier answers to the end.
    pub unsent: u64,
    /// How much of the time the generator had nothing to do.
    pub idle: Duration,
}

impl Load {
    /// Lets messages be due at `schedule` for `time`, each on the next client in turn; returns when all that
    /// were sent have their answers. One message is on its way on a client at any time.
    ///
    /// # Errors
    ///
    /// As [`Load::run`].
    pub fn run_open(&mut self, schedule: Schedule, time: Duration) -> Result<OpenSample, Fault> {
        let cpu = usage::cpu_of_this_thread();
        let mut run = Run::new(schedule, time, self.clients.len());
        run.until_all_is_sent(self)?;
        run.until_all_is_answered(self)?;
        let wall = run.start.elapsed();
        let unsent = run.never_sent();
        let cpu = usage::cpu_of_this_thread().saturating_sub(cpu);
        let Run { service, response, lag, idle, end, .. } = run;
        let closed = Sample { messages: service.len(), wall, cpu, latency: service };
        Ok(OpenSample { closed, response, lag, due: end, unsent, idle })
    }
}

/// An open loop on its way.
struct Run {
    schedule: Schedule,
    start: Instant,
    time: Duration,
    /// Messages that are due within `time`.
    end: u64,
    /// The first that is not due yet.
    upcoming: u64,
    /// Of each client, the number of its next message, and since when it has been free to send.
    turns: Vec<(u64, Duration)>,
    service: Histogram<u64>,
    response: Histogram<u64>,
    lag: Histogram<u64>,
    idle: Duration,
}

impl Run {
    fn new(schedule: Schedule, time: Duration, clients: usize) -> Run {
        Run {
            schedule,
            time,
            end: schedule.before(time),
            upcoming: 0,
            turns: (0..clients as u64).map(|number| (number, Duration::ZERO)).collect(),
            service: histogram(),
            response: histogram(),
            lag: histogram(),
            idle: Duration::ZERO,
            start: Instant::now(),
        }
    }

    fn until_all_is_sent(&mut self, load: &mut Load) -> Result<(), Fault> {
        let mut look = self.start + LOOK_EVERY;
        loop {
            let now = self.start.elapsed();
            if now >= self.time {
                return Ok(());
            }
            let busy = self.send_what_is_due(load, now)?;
            let next = self.schedule.due(self.upcoming).min(self.time);
            let nap = next.saturating_sub(now).saturating_sub(NAP_LATE).min(LOOK_EVERY);
            let nap = if busy { Duration::ZERO } else { nap };
            load.wait(nap)?;
            let woken = self.start.elapsed();
            if load.events.is_empty() && !busy {
                self.idle += woken.saturating_sub(now);
            }
            self.take_answers(load, true)?;
            load.look(&mut look)?;
        }
    }

    fn until_all_is_answered(&mut self, load: &mut Load) -> Result<(), Fault> {
        let mut look = Instant::now() + LOOK_EVERY;
        while load.clients.iter().any(Client::waits) {
            load.wait(LOOK_EVERY)?;
            self.take_answers(load, false)?;
            load.look(&mut look)?;
        }
        Ok(())
    }

    /// Sends those whose moment has come, where their clients are free. Whether any moment had come.
    fn send_what_is_due(&mut self, load: &mut Load, now: Duration) -> Result<bool, Fault> {
        let due = self.schedule.by(now).min(self.end);
        let any = self.upcoming < due;
        while self.upcoming < due {
            #[expect(clippy::cast_possible_truncation, reason = "less than the number of clients")]
            let index = (self.upcoming % load.clients.len() as u64) as usize;
            let client = &mut load.clients[index];
            // Else it is behind, and sends what is due with its next answer.
            if self.turns[index].0 == self.upcoming && !client.waits() {
                self.send(client, index, load.script)?;
            }
            self.upcoming += 1;
        }
        Ok(any)
    }

    /// Takes the answers that are there. With `more`, a client that is behind sends its next message.
    fn take_answers(&mut self, load: &mut Load, more: bool) -> Result<(), Fault> {
        let Load { events, clients, script, exchanged, .. } = load;
        for event in events.iter() {
            let index = event.token().0;
            if clients[index].on_event(event, *script)? == 0 {
                continue;
            }
            *exchanged += 1;
            let now = Instant::now();
            let (number, _) = self.turns[index];
            let since_start = now - self.start;
            self.service.saturating_record(nanoseconds(now - clients[index].sent_at()));
            self.answered(number, since_start);
            let next = number + clients.len() as u64;
            self.turns[index] = (next, since_start);
            if more && next < self.upcoming {
                self.send(&mut clients[index], index, *script)?;
            }
        }
        Ok(())
    }

    fn answered(&mut self, number: u64, at: Duration) {
        let waited = at.saturating_sub(self.schedule.due(number));
        self.response.saturating_record(nanoseconds(waited));
    }

    fn send(&mut self, client: &mut Client, index: usize, script: Script) -> Result<(), Fault> {
        let now = Instant::now();
        let (number, free) = self.turns[index];
        let could = self.schedule.due(number).max(free);
        self.lag.saturating_record(nanoseconds((now - self.start).saturating_sub(could)));
        client.begin(script, now)
    }

    /// Counts those that were due and never sent. Each has waited from then to the end, and would have
    /// waited longer: left out, it would make a server look the better the more it is behind.
    fn never_sent(&mut self) -> u64 {
        let clients = self.turns.len();
        let mut count = 0;
        for index in 0..clients {
            for number in (self.turns[index].0..self.end).step_by(clients) {
                self.answered(number, self.time);
                count += 1;
            }
        }
        count
    }
}
