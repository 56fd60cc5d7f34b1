//! A session: connections that are kept, limits, and patience.

use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;

use http::Method;
use url::Url;

use super::connect::{Connect, Tcp};
use super::connection::Connection;
use super::cookies::Jar;
use super::error::Error;
use super::origin::{self, Origin, target};
use super::pool::{Counts, Pool};
use super::redirect::{Asked, REDIRECTS_MAX, follow};
use super::request::RequestBuilder;
use super::response::{Carrier, Response};
use super::timeouts::{Timeouts, Timers};
use crate::proto::{Fields, Received};

/// Connections at a time, as aiohttp has it.
pub const LIMIT: usize = 100;

/// How long a connection is kept for its next use. Servers mostly keep theirs for longer, and
/// whoever hangs up first does not ask on a connection that the other has just closed.
pub const IDLE_EXPIRY: Duration = Duration::from_secs(15);

/// How long a request may take in all, if nobody says otherwise, as aiohttp has it. Without any
/// bound a program waits for ever, sooner or later.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Who asks, if nobody says otherwise.
const USER_AGENT: &str = concat!("learning-to-wait/", env!("CARGO_PKG_VERSION"));

/// Asks servers, and keeps connections to them for the next time. A clone is the same session.
///
/// It belongs to the runtime in which it is used.
#[derive(Clone, Debug)]
pub struct Session {
    shared: Rc<Shared>,
}

struct Shared {
    settings: Builder,
    pool: Rc<Pool>,
    cookies: Jar,
}

/// The settings of a session that is to be.
#[derive(Clone, Debug)]
pub struct Builder {
    limit: usize,
    limit_per_host: usize,
    idle: Duration,
    timeouts: Timeouts,
    redirects: u32,
    unpack: bool,
    cookies: bool,
    fields: Fields,
    connect: Rc<dyn Connect>,
}

impl Default for Builder {
    fn default() -> Builder {
        Builder {
            limit: LIMIT,
            limit_per_host: 0,
            idle: IDLE_EXPIRY,
            timeouts: Timeouts { total: Some(TOTAL_TIMEOUT), ..Timeouts::default() },
            redirects: REDIRECTS_MAX,
            unpack: true,
            cookies: true,
            fields: Fields::new(),
            connect: Rc::new(Tcp),
        }
    }
}

impl Builder {
    /// Connections at a time, in use or kept; at least one. [`LIMIT`] by default.
    #[must_use]
    pub fn limit(self, limit: usize) -> Builder {
        Builder { limit: limit.max(1), ..self }
    }

    /// Connections in use at a time for one origin; 0, the default, is as many as there are.
    #[must_use]
    pub fn limit_per_host(self, limit_per_host: usize) -> Builder {
        Builder { limit_per_host, ..self }
    }

    /// How long a connection is kept for its next use. [`IDLE_EXPIRY`] by default.
    #[must_use]
    pub fn idle(self, idle: Duration) -> Builder {
        Builder { idle, ..self }
    }

    /// How long requests may wait. [`TOTAL_TIMEOUT`] for all of one by default.
    #[must_use]
    pub fn timeouts(self, timeouts: Timeouts) -> Builder {
        Builder { timeouts, ..self }
    }

    /// Redirects that are followed; with 0, each is an answer. [`REDIRECTS_MAX`] by default.
    #[must_use]
    pub fn redirects(self, redirects: u32) -> Builder {
        Builder { redirects, ..self }
    }

    /// Whether to ask for gzip, and to unpack it. It is the default.
    #[must_use]
    pub fn unpack(self, unpack: bool) -> Builder {
        Builder { unpack, ..self }
    }

    /// Whether cookies that servers give are kept, and said to them again. It is the default.
    #[must_use]
    pub fn cookies(self, cookies: bool) -> Builder {
        Builder { cookies, ..self }
    }

    /// A field of every request that does not have one of this name.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Builder {
        self.fields.push(name, value.as_ref());
        self
    }

    /// How connections are made. [`Tcp`], which has no https, by default.
    #[must_use]
    pub fn connect(self, connect: impl Connect + 'static) -> Builder {
        Builder { connect: Rc::new(connect), ..self }
    }

    /// The session.
    #[must_use]
    pub fn build(self) -> Session {
        let pool = Pool::new(self.limit, self.limit_per_host, self.idle);
        Session { shared: Rc::new(Shared { settings: self, pool, cookies: Jar::default() }) }
    }
}

impl Default for Session {
    fn default() -> Session {
        Builder::default().build()
    }
}

impl Session {
    /// A session with the usual settings.
    #[must_use]
    pub fn new() -> Session {
        Session::default()
    }

    /// Other settings.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A request that asks for a URL.
    pub fn get(&self, url: &str) -> RequestBuilder {
        self.request(Method::GET, url)
    }

    /// A request that asks for the head alone.
    pub fn head(&self, url: &str) -> RequestBuilder {
        self.request(Method::HEAD, url)
    }

    /// A request that gives something.
    pub fn post(&self, url: &str) -> RequestBuilder {
        self.request(Method::POST, url)
    }

    /// Any request.
    pub fn request(&self, method: Method, url: &str) -> RequestBuilder {
        RequestBuilder::new(self, method, url)
    }

    /// What was done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.pool.counts()
    }

    /// Connections that wait for their next use.
    #[must_use]
    pub fn idle(&self) -> usize {
        self.shared.pool.idle()
    }

    /// What would be said in the field `cookie` to this URL.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn cookies(&self, url: &str) -> Result<Option<String>, Error> {
        Ok(self.shared.cookies.value(&origin::parse(url)?))
    }

    /// Forgets all cookies.
    pub fn forget_cookies(&self) {
        self.shared.cookies.clear();
    }

    /// Closes the connections that are kept, and those in use when their answers are whole. No
    /// request begins any more.
    pub fn close(&self) {
        self.shared.pool.close();
    }

    pub(super) fn timeouts(&self) -> Timeouts {
        self.shared.settings.timeouts
    }

    // ANCHOR: ask
    /// Asks, and follows where the answer leads.
    pub(super) async fn ask(&self, asked: Asked, timeouts: Timeouts) -> Result<Response, Error> {
        let mut timers = Timers::start(timeouts);
        let mut asked = asked;
        for _ in 0..=self.shared.settings.redirects {
            let (again, url) = (asked.again(), asked.url.clone());
            let (response_head, carrier) = self.exchange(asked, timers, timeouts).await?;
            if self.shared.settings.cookies {
                self.shared.cookies.keep(response_head.fields(), &url);
            }
            let follows = self.shared.settings.redirects > 0;
            match follow(&response_head, if follows { again } else { None })? {
                None => {
                    let unpack = self.shared.settings.unpack;
                    return Ok(Response::new(response_head, url, carrier, unpack));
                }
                Some(next) => {
                    asked = next;
                    timers = skip(carrier).await?;
                }
            }
        }
        Err(Error::Redirects(self.shared.settings.redirects))
    }
    // ANCHOR_END: ask

    /// One request and the head of its answer. A connection that was kept may have been closed by
    /// the server just now; then, where it does no harm to ask twice, a new one is asked.
    async fn exchange(
        &self,
        asked: Asked,
        mut timers: Timers,
        timeouts: Timeouts,
    ) -> Result<(crate::proto::ResponseHead, Box<Carrier>), Error> {
        let pool = &self.shared.pool;
        if pool.is_closed() {
            return Err(Error::Closed);
        }
        let origin = Origin::of(&asked.url)?;
        let again = if asked.is_idempotent() { asked.again() } else { None };
        let (mut kept, mut asked) = (true, asked);
        loop {
            let connect = self.connection(&origin, kept);
            let (place, connection, reused) =
                timers.connecting(timeouts.connect, connect).await??;
            pool.count_request();
            let mut carrier =
                Box::new(Carrier { origin: origin.clone(), place, connection, timers });
            let fields = self.fields(&origin, &asked.url, &asked.fields);
            let Asked { method, url, body, .. } = asked;
            carrier.connection.begin(&method, &target(&url), &fields, body)?;
            match poll_fn(|context| carrier.poll(context)).await {
                Ok(Received::Head(head)) => return Ok((head, carrier)),
                // No other thing comes first.
                Ok(_) => return Err(Error::Fault(crate::proto::Fault::FirstLine)),
                Err(error) if reused && kept && error.is_of_connection() => {
                    let Some(once_more) = again.as_ref().and_then(Asked::again) else {
                        return Err(error);
                    };
                    (kept, asked) = (false, once_more);
                    timers = carrier.timers;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// A place, and a connection: one that was kept, if that is wanted, or a new one.
    async fn connection(
        &self,
        origin: &Origin,
        kept: bool,
    ) -> Result<(super::pool::Place, Connection, bool), Error> {
        let pool = &self.shared.pool;
        let place = pool.place(origin).await;
        if kept && let Some(connection) = pool.take(origin).await {
            return Ok((place, connection, true));
        }
        pool.make_room();
        let stream = self.shared.settings.connect.connect(origin).await;
        let stream = stream.map_err(|error| Error::Connect(origin.clone(), error))?;
        Ok((place, Connection::new(stream), false))
    }

    /// The fields of a request: its own, and those that it lacks.
    fn fields(&self, origin: &Origin, url: &Url, own: &Fields) -> Fields {
        let mut fields = Fields::new();
        let has = |name: &str| own.get(name).is_some();
        if !has("host") {
            fields.push("host", origin.authority().as_bytes());
        }
        for (name, value) in own.iter() {
            fields.push(name, value);
        }
        let of_session = self.shared.settings.fields.iter();
        for (name, value) in of_session.filter(|(name, _)| !has(name)) {
            fields.push(name, value);
        }
        if fields.get("cookie").is_none()
            && let Some(cookies) = self.shared.cookies.value(url)
        {
            fields.push("cookie", cookies.as_bytes());
        }
        let more = [("user-agent", USER_AGENT), ("accept", "*/*"), ("accept-encoding", "gzip")];
        for (name, value) in more {
            let wanted = name != "accept-encoding" || self.shared.settings.unpack;
            if wanted && fields.get(name).is_none() {
                fields.push(name, value.as_bytes());
            }
        }
        fields
    }
}

/// Bytes of a redirect's body that are read, so that its connection can be kept; a longer one costs
/// more than a new connection.
const SKIPPED_BYTES_MAX: usize = 16 << 10;

/// Reads what a redirect says beside where to go.
async fn skip(mut carrier: Box<Carrier>) -> Result<Timers, Error> {
    let mut skipped = 0;
    while skipped <= SKIPPED_BYTES_MAX {
        let received = poll_fn(|context| carrier.poll(context)).await?;
        let Received::Data(data) = received else {
            let Carrier { origin, place, connection, timers } = *carrier;
            place.put_back(origin, connection);
            return Ok(timers);
        };
        skipped += data.len();
    }
    Ok(carrier.timers)
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("pool", &self.pool).finish_non_exhaustive()
    }
}
