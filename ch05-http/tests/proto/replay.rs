//! Plays a script, in pieces of any size.

use bytes::BytesMut;
use ch05_http::proto::{
    Client, Fault, Fields, Length, Limits, Next, Received, RequestHead, ResponseHead, Server,
};
use http::{Method, StatusCode};

/// What came of a script, pieces of a body put together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event<H> {
    Head(H),
    Data(Vec<u8>),
    End(Fields),
    /// The connection closes after the answer.
    Close,
    Closed,
    Fault(Fault),
}

pub(crate) type Request = Event<RequestHead>;
pub(crate) type Response = Event<ResponseHead>;

/// The sizes of pieces that a script is cut into: whole, in tens, byte by byte, and some that meet
/// a CR LF elsewhere.
pub(crate) const CUTS: [usize; 6] = [usize::MAX, 10, 1, 2, 3, 7];

/// What a server makes of what a client sends, whose side then ends.
pub(crate) fn requests(script: &[u8]) -> Vec<Request> {
    requests_within(script, Limits::default())
}

/// The same, with other limits.
pub(crate) fn requests_within(script: &[u8], limits: Limits) -> Vec<Request> {
    let events = CUTS.map(|cut| requests_cut(script, cut, limits));
    for (cut, others) in CUTS.iter().zip(&events) {
        assert_eq!(events[0], *others, "cut into {cut}: \"{}\"", script.escape_ascii());
    }
    events.into_iter().next().unwrap_or_default()
}

/// The same for a script in pieces of `cut` bytes. Each request is answered by an empty 200.
pub(crate) fn requests_cut(script: &[u8], cut: usize, limits: Limits) -> Vec<Request> {
    let mut server = Server::new(limits);
    let mut events = Vec::new();
    let mut input = BytesMut::new();
    let mut out = Vec::new();
    for piece in script.chunks(cut) {
        input.extend_from_slice(piece);
        if !server_goes_on(&mut server, &mut input, &mut events, &mut out) {
            return events;
        }
    }
    server.end_of_input();
    server_goes_on(&mut server, &mut input, &mut events, &mut out);
    events
}

/// Takes events until nothing more comes; says whether more may.
fn server_goes_on(
    server: &mut Server,
    input: &mut BytesMut,
    events: &mut Vec<Request>,
    out: &mut Vec<u8>,
) -> bool {
    loop {
        match server.receive(input) {
            Ok(Received::Nothing) => return true,
            Ok(Received::End(trailers)) => {
                events.push(Event::End(trailers));
                let fields = [("content-type", "text/plain")];
                server.send_head(StatusCode::OK, fields, Length::Sized(0), out).expect("an answer");
                server.send_end(out).expect("an answer's end");
                if server.next() == Next::Close {
                    events.push(Event::Close);
                    return false;
                }
            }
            received => {
                if !note(events, received) {
                    return false;
                }
            }
        }
    }
}

/// What a client that sent these requests makes of what a server sends, whose side then ends.
pub(crate) fn responses(methods: &[Method], script: &[u8]) -> Vec<Response> {
    responses_within(methods, script, Limits::default())
}

/// The same, with other limits.
pub(crate) fn responses_within(methods: &[Method], script: &[u8], limits: Limits) -> Vec<Response> {
    let events = CUTS.map(|cut| responses_cut(methods, script, cut, limits));
    for (cut, others) in CUTS.iter().zip(&events) {
        assert_eq!(events[0], *others, "cut into {cut}: \"{}\"", script.escape_ascii());
    }
    events.into_iter().next().unwrap_or_default()
}

/// The same for a script in pieces of `cut` bytes. Each request is sent when the answer before is
/// whole, if the connection is good for one.
pub(crate) fn responses_cut(
    methods: &[Method],
    script: &[u8],
    cut: usize,
    limits: Limits,
) -> Vec<Response> {
    let mut client = Client::new(limits);
    let mut methods = methods.iter();
    let mut events = Vec::new();
    let mut input = BytesMut::new();
    ask(&mut client, methods.next());
    for piece in script.chunks(cut) {
        input.extend_from_slice(piece);
        if !client_goes_on(&mut client, &mut input, &mut events, &mut methods) {
            return events;
        }
    }
    client.end_of_input();
    client_goes_on(&mut client, &mut input, &mut events, &mut methods);
    events
}

fn client_goes_on<'a>(
    client: &mut Client,
    input: &mut BytesMut,
    events: &mut Vec<Response>,
    methods: &mut impl Iterator<Item = &'a Method>,
) -> bool {
    loop {
        match client.receive(input) {
            Ok(Received::Nothing) => return true,
            Ok(Received::End(trailers)) => {
                events.push(Event::End(trailers));
                // What is behind it in the input depends on the cuts, and may be the next answer.
                if client.can_be_reused(&[]) {
                    ask(client, methods.next());
                } else {
                    events.push(Event::Close);
                    return false;
                }
            }
            received => {
                if !note(events, received) {
                    return false;
                }
            }
        }
    }
}

fn ask(client: &mut Client, method: Option<&Method>) {
    if let Some(method) = method {
        let mut out = Vec::new();
        let host = [("host", "a")];
        client.send_request(method, "/", host, Length::None, &mut out).expect("a request");
        client.send_end(&mut out).expect("a request's end");
    }
}

/// Keeps an event; says whether there may be more.
fn note<H>(events: &mut Vec<Event<H>>, received: Result<Received<H>, Fault>) -> bool {
    match received {
        Ok(Received::Nothing | Received::End(_)) => {}
        Ok(Received::Head(head)) => events.push(Event::Head(head)),
        Ok(Received::Data(data)) => {
            assert!(!data.is_empty(), "a piece of a body has something in it");
            match events.last_mut() {
                Some(Event::Data(before)) => before.extend_from_slice(&data),
                _ => events.push(Event::Data(data.to_vec())),
            }
        }
        Ok(Received::Closed) => {
            events.push(Event::Closed);
            return false;
        }
        Err(fault) => {
            events.push(Event::Fault(fault));
            return false;
        }
    }
    true
}

/// The request that a script begins with, which must be whole.
pub(crate) fn request(script: &[u8]) -> RequestHead {
    match requests(script).into_iter().next() {
        Some(Event::Head(head)) => head,
        other => panic!("expected a head, got {other:?}: \"{}\"", script.escape_ascii()),
    }
}

/// The bodies of the requests in a script, which must all be whole.
pub(crate) fn bodies(script: &[u8]) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    for event in requests(script) {
        match event {
            Event::Head(_) => bodies.push(Vec::new()),
            Event::Data(data) => *bodies.last_mut().expect("a head before") = data,
            Event::Fault(fault) => panic!("{fault}: \"{}\"", script.escape_ascii()),
            Event::End(_) | Event::Close | Event::Closed => {}
        }
    }
    bodies
}

/// The fault in which a script ends, if it does.
pub(crate) fn fault<H>(events: &[Event<H>]) -> Option<Fault> {
    match events.last() {
        Some(Event::Fault(fault)) => Some(*fault),
        _ => None,
    }
}

/// How many heads there were.
pub(crate) fn heads<H>(events: &[Event<H>]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Head(_))).count()
}
