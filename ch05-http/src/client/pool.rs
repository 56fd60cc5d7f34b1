//! Connections in use, and those that wait for their next use.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::Poll;
use std::time::{Duration, Instant};

use ch04_async::sync::{Permit, Semaphore};
use ch04_async::{spawn, time};

use super::connection::Connection;
use super::origin::Origin;

/// A pool's connections, shared by those who use them.
#[derive(Debug)]
pub(super) struct Pool {
    limit: usize,
    /// As many as may be in use.
    places: Rc<Semaphore>,
    /// As many as may be in use for one origin; 0 is as many as there are.
    limit_per_host: usize,
    expiry: Duration,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    hosts: HashMap<Origin, Rc<Semaphore>>,
    /// The oldest first.
    idle: Vec<Idle>,
    in_use: usize,
    /// Somebody waits for the oldest to expire.
    reaping: bool,
    closed: bool,
    counts: Counts,
}

#[derive(Debug)]
struct Idle {
    origin: Origin,
    connection: Connection,
    since: Instant,
}

/// What a session has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that were sent, each redirect and retry one of its own.
    pub requests: u64,
    /// Connections that were opened for them.
    pub opened: u64,
    /// Connections that had been closed, or had spoken, while they waited for their next use.
    pub stale: u64,
    /// The most connections that were open at a time, in use or not.
    pub open_at_most: usize,
}

/// A place in the pool, for one connection in use. It is free when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    pool: Rc<Pool>,
    _of_all: Permit<Rc<Semaphore>>,
    _of_host: Option<Permit<Rc<Semaphore>>>,
}

impl Pool {
    pub(super) fn new(limit: usize, limit_per_host: usize, expiry: Duration) -> Rc<Pool> {
        let places = Rc::new(Semaphore::new(limit));
        Rc::new(Pool { limit, places, limit_per_host, expiry, state: RefCell::default() })
    }

    /// A place for a connection to this origin: first come, first served. Dropped before it has
    /// come, it leaves the line.
    pub(super) async fn place(self: &Rc<Self>, origin: &Origin) -> Place {
        // That of the host first: whoever waits for it keeps nobody else.
        let of_host = match self.host(origin) {
            Some(host) => Some(host.acquire_owned().await),
            None => None,
        };
        let of_all = Rc::clone(&self.places).acquire_owned().await;
        self.state.borrow_mut().in_use += 1;
        Place { pool: Rc::clone(self), _of_all: of_all, _of_host: of_host }
    }

    fn host(&self, origin: &Origin) -> Option<Rc<Semaphore>> {
        if self.limit_per_host == 0 {
            return None;
        }
        let mut state = self.state.borrow_mut();
        // Hosts that nobody asks any more are forgotten here, and not when they are done: that
        // would cost every request.
        let spare = |host: &mut Rc<Semaphore>| {
            Rc::strong_count(host) > 1 || host.permits() < self.limit_per_host
        };
        if state.hosts.len() > self.limit {
            state.hosts.retain(|_, host| spare(host));
        }
        let host = state.hosts.entry(origin.clone());
        Some(Rc::clone(host.or_insert_with(|| Rc::new(Semaphore::new(self.limit_per_host)))))
    }

    /// The connection to this origin that was used last, if one waits that is not stale. The last
    /// one: those that nobody needs grow old, and go.
    pub(super) async fn take(&self, origin: &Origin) -> Option<Connection> {
        loop {
            let oldest = self.expires_before();
            let found = {
                let state = &mut *self.state.borrow_mut();
                let at = state.idle.iter().rposition(|idle| idle.origin == *origin)?;
                // In order of age.
                state.idle.remove(at)
            };
            let Idle { mut connection, since, .. } = found;
            let fresh = oldest.is_none_or(|oldest| since > oldest);
            let stale = poll_fn(|context| Poll::Ready(connection.is_stale(context))).await;
            if fresh && !stale {
                return Some(connection);
            }
            self.state.borrow_mut().counts.stale += 1;
        }
    }

    /// Makes room for a new connection: the oldest that waits has to go when all places are taken.
    pub(super) fn make_room(&self) {
        let mut state = self.state.borrow_mut();
        let most = self.limit.saturating_sub(state.in_use);
        let too_many = state.idle.len().saturating_sub(most);
        let gone: Vec<Idle> = state.idle.drain(..too_many).collect();
        state.counts.opened += 1;
        let open = state.in_use + state.idle.len();
        state.counts.open_at_most = state.counts.open_at_most.max(open);
        drop(state);
        // Outside of the borrow.
        drop(gone);
    }

    pub(super) fn count_request(&self) {
        self.state.borrow_mut().counts.requests += 1;
    }

    pub(super) fn counts(&self) -> Counts {
        self.state.borrow().counts
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state.borrow().closed
    }

    /// How many wait for their next use.
    pub(super) fn idle(&self) -> usize {
        self.state.borrow().idle.len()
    }

    /// Closes those that wait, and those that come back.
    pub(super) fn close(&self) {
        let mut state = self.state.borrow_mut();
        state.closed = true;
        let gone = std::mem::take(&mut state.idle);
        drop(state);
        drop(gone);
    }

    /// Those that were put back before this moment are too old.
    fn expires_before(&self) -> Option<Instant> {
        time::now().checked_sub(self.expiry)
    }

    fn put_back(self: &Rc<Self>, origin: Origin, mut connection: Connection) {
        let mut state = self.state.borrow_mut();
        if state.closed || !connection.can_be_reused() {
            drop(state);
            return;
        }
        connection.rest();
        state.idle.push(Idle { origin, connection, since: time::now() });
        if !std::mem::replace(&mut state.reaping, true) {
            drop(state);
            spawn(reap(Rc::downgrade(self), self.expiry));
        }
    }

    /// Closes what is too old; says when the next one is.
    fn expire(&self) -> Option<Instant> {
        let mut state = self.state.borrow_mut();
        let old = self
            .expires_before()
            .map_or(0, |oldest| state.idle.iter().take_while(|idle| idle.since <= oldest).count());
        let gone: Vec<Idle> = state.idle.drain(..old).collect();
        let next = state.idle.first().and_then(|idle| idle.since.checked_add(self.expiry));
        state.reaping = next.is_some();
        drop(state);
        drop(gone);
        next
    }
}

/// Waits for connections to grow old, as long as there are any. It keeps no pool alive.
async fn reap(pool: Weak<Pool>, expiry: Duration) {
    let mut next = time::now().checked_add(expiry);
    while let Some(moment) = next {
        time::sleep_until(moment).await;
        next = pool.upgrade().and_then(|pool| pool.expire());
    }
}

impl Place {
    /// Gives a connection back for its next use, if it can have one.
    pub(super) fn put_back(self, origin: Origin, connection: Connection) {
        self.pool.put_back(origin, connection);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pool.state.borrow_mut().in_use -= 1;
    }
}
