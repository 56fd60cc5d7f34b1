//! What one side sends, the other receives, whatever the cuts.

use bytes::BytesMut;
use ch05_http::proto::{
    Client, Fields, Length, Limits, Next, Received, RequestHead, ResponseHead, Server,
};
use http::{Method, StatusCode};
use proptest::prelude::*;

/// A message without its first line.
#[derive(Clone, Debug)]
struct Message {
    fields: Vec<(String, Vec<u8>)>,
    chunked: bool,
    pieces: Vec<Vec<u8>>,
    trailers: Vec<(String, Vec<u8>)>,
}

impl Message {
    fn body(&self) -> Vec<u8> {
        self.pieces.concat()
    }

    fn length(&self) -> Length {
        if self.chunked { Length::Chunked } else { Length::Sized(self.body().len() as u64) }
    }
}

/// Names that mean nothing to this layer.
fn name() -> impl Strategy<Value = String> {
    "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}".prop_filter("a name that frames", |name| {
        let known = ["host", "date", "connection", "content-length", "transfer-encoding", "expect"];
        !known.contains(&name.to_ascii_lowercase().as_str())
    })
}

/// Values have no white space about them; within them they have, and anything beyond ASCII.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let byte =
        prop_oneof![8 => b'!'..=b'~', 1 => 0x80..=0xff_u8, 1 => Just(b' '), 1 => Just(b'\t')];
    prop::collection::vec(byte, 0..30).prop_map(|value| value.trim_ascii().to_vec())
}

fn fields(most: usize) -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    prop::collection::vec((name(), value()), 0..most)
}

fn message() -> impl Strategy<Value = Message> {
    let pieces = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..5);
    (fields(8), any::<bool>(), pieces, fields(3)).prop_map(|(fields, chunked, pieces, trailers)| {
        let trailers = if chunked { trailers } else { Vec::new() };
        Message { fields, chunked, pieces, trailers }
    })
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![
        Just(Method::GET),
        Just(Method::POST),
        Just(Method::PUT),
        "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}"
            .prop_filter("proxies only", |method| method != "CONNECT" && method != "HEAD")
            .prop_map(|method| Method::from_bytes(method.as_bytes()).expect("a token")),
    ]
}

fn target() -> impl Strategy<Value = String> {
    "/[!$%&'()*+,./0-9:;=?@A-Za-z\\[\\]^_`{|}~\\\\-]{0,30}"
}

/// What came over a wire that was cut into pieces of these lengths, again and again.
struct Came<H> {
    head: H,
    body: Vec<u8>,
    trailers: Fields,
}

fn over<H>(
    wire: &[u8],
    cuts: &[usize],
    mut receive: impl FnMut(&mut BytesMut) -> Received<H>,
) -> Came<H> {
    let (mut head, mut body, mut trailers) = (None, Vec::new(), None);
    let mut input = BytesMut::new();
    let mut rest = wire;
    for cut in cuts.iter().cycle() {
        let (piece, others) = rest.split_at(rest.len().min(*cut));
        input.extend_from_slice(piece);
        rest = others;
        loop {
            match receive(&mut input) {
                Received::Nothing => break,
                Received::Head(came) => assert!(head.replace(came).is_none(), "a second head"),
                Received::Data(data) => body.extend_from_slice(&data),
                Received::End(came) => assert!(trailers.replace(came).is_none(), "a second end"),
                Received::Closed => panic!("nobody closed"),
            }
        }
        if rest.is_empty() {
            break;
        }
    }
    assert!(input.is_empty(), "more than a message");
    Came { head: head.expect("a head"), body, trailers: trailers.expect("an end") }
}

/// The fields that were sent by a caller; the others are ours.
fn same_fields(sent: &[(String, Vec<u8>)], came: &Fields) {
    let ours = ["host", "content-length", "transfer-encoding"];
    let came: Vec<_> = came.iter().filter(|(name, _)| !ours.contains(name)).collect();
    let sent: Vec<_> = sent.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    assert_eq!(sent, came);
}

fn pairs(fields: &[(String, Vec<u8>)]) -> impl Iterator<Item = (&str, &[u8])> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
}

proptest! {
    #[test]
    fn what_a_client_sends_a_server_receives_and_back(
        method in method(),
        target in target(),
        status in 200_u16..=999,
        request in message(),
        response in message(),
        cuts in prop::collection::vec(1_usize..60, 1..6),
    ) {
        let mut client = Client::new(Limits::default());
        let mut server = Server::new(Limits::default());
        for _ in 0..2 {
            let mut wire = Vec::new();
            let host = [("host", &b"a.example:80"[..])].into_iter();
            let fields = host.chain(pairs(&request.fields));
            client.send_request(&method, &target, fields, request.length(), &mut wire).unwrap();
            for piece in &request.pieces {
                client.send_data(piece, &mut wire).unwrap();
            }
            client.send_trailers(pairs(&request.trailers), &mut wire).unwrap();

            let came: Came<RequestHead> = over(&wire, &cuts, |input| server.receive(input).unwrap());
            assert_eq!(came.head.method(), method);
            assert_eq!(came.head.target(), target);
            let query = came.head.query().map_or(String::new(), |query| format!("?{query}"));
            assert_eq!(format!("{}{query}", came.head.path()), target);
            assert_eq!(came.head.authority(), Some("a.example:80"));
            same_fields(&request.fields, came.head.fields());
            assert_eq!(came.body, request.body());
            same_fields(&request.trailers, &came.trailers);

            let mut wire = Vec::new();
            let status = StatusCode::from_u16(status).unwrap();
            let (fields, length) = (pairs(&response.fields), response.length());
            let length = server.send_head(status, fields, length, &mut wire).unwrap();
            let body = if matches!(length, Length::None | Length::Sized(0)) {
                // 204, 205 or 304: whatever it has is not sent.
                Vec::new()
            } else {
                for piece in &response.pieces {
                    server.send_data(piece, &mut wire).unwrap();
                }
                response.body()
            };
            server.send_trailers(pairs(&response.trailers), &mut wire).unwrap();
            prop_assert_eq!(server.next(), Next::Another);

            let came: Came<ResponseHead> = over(&wire, &cuts, |input| client.receive(input).unwrap());
            assert_eq!(came.head.status(), status);
            same_fields(&response.fields, came.head.fields());
            assert_eq!(came.body, body);
            if length == Length::Chunked {
                same_fields(&response.trailers, &came.trailers);
            }
            prop_assert!(client.can_be_reused(&[]));
        }
    }
}
