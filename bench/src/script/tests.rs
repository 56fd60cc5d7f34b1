use super::*;

const ECHO: Script =
    Script { protocol: Protocol::Echo, ask: Ask::Echo, depth: 1, message_bytes: 64 };
const HTTP: Script = Script { protocol: Protocol::Http, ..ECHO };

fn request(script: Script, id: u32, sequence: u64) -> Vec<u8> {
    let mut request = script.requests();
    script.stamp(&mut request, id, sequence);
    request
}

/// What is made of `inbox` at one look.
fn look(script: Script, request: &[u8], inbox: &[u8]) -> Result<bool, Wrong> {
    script.answers(request, inbox, &mut Seen::default())
}

fn response(request: &[u8], head: &str) -> Vec<u8> {
    [head.as_bytes(), &request[request.len() - 64..]].concat()
}

#[test]
fn every_beginning_is_a_part_and_the_end_is_the_whole() {
    let plain = request(ECHO, 1, 1);
    let http = request(HTTP, 1, 1);
    let answers = [
        (ECHO, &plain, plain.clone()),
        (HTTP, &http, response(&http, "HTTP/1.1 200 OK\r\ncontent-length: 64\r\n\r\n")),
    ];
    for (script, request, answer) in answers {
        for len in 0..answer.len() {
            assert_eq!(look(script, request, &answer[..len]), Ok(false), "{len} bytes");
        }
        assert_eq!(look(script, request, &answer), Ok(true));
        let more = [&answer[..], b"x"].concat();
        assert!(more.len() <= script.answer_bytes_max(), "a byte too much has room");
        assert!(look(script, request, &more).is_err(), "and is found");
    }
}

#[test]
fn each_single_wrong_byte_is_found() {
    let request = request(ECHO, 3, 9);
    for at in 0..request.len() {
        let mut back = request.clone();
        back[at] ^= 1;
        assert!(look(ECHO, &request, &back).is_err(), "byte {at}");
    }
}

#[test]
fn no_part_of_a_message_looks_like_another_clients_or_an_earlier_one() {
    let mut words = std::collections::HashSet::new();
    for id in 0..20 {
        for sequence in 0..50 {
            for word in request(ECHO, id, sequence).chunks(8) {
                assert!(words.insert(word.to_vec()), "client {id}, message {sequence}");
            }
        }
    }
}

#[test]
fn a_response_with_other_framing_is_refused() {
    let request = request(HTTP, 1, 1);
    for head in [
        "HTTP/1.1 404 Not Found\r\nContent-Length: 64\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 63\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 64\r\nContent-Length: 64\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP 200\r\n\r\n",
    ] {
        assert!(look(HTTP, &request, &response(&request, head)).is_err(), "{head}");
    }
}

#[test]
fn pipelined_answers_are_told_one_by_one_and_in_order() {
    let script = Script { depth: 3, ..HTTP };
    let requests = request(script, 1, 7);
    let each = requests.len() / 3;
    let answers: Vec<u8> = requests
        .chunks(each)
        .flat_map(|one| response(one, "HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n"))
        .collect();
    let mut seen = Seen::default();
    for len in 0..=answers.len() {
        let whole = script.answers(&requests, &answers[..len], &mut seen).expect("right");
        assert_eq!(seen.answers, len * 3 / answers.len(), "{len} bytes");
        assert_eq!(whole, len == answers.len());
    }
    let (first, rest) = answers.split_at(answers.len() / 3);
    let swapped = [rest, first].concat();
    assert!(look(script, &requests, &swapped).is_err(), "out of order");
}

#[test]
fn a_greeting_is_held_to_its_words() {
    let script = Script { ask: Ask::Greeting, ..HTTP };
    let requests = request(script, 1, 1);
    assert!(requests.starts_with(b"GET / HTTP/1.1\r\n") && requests.ends_with(b"\r\n\r\n"));
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n";
    assert_eq!(look(script, &requests, format!("{head}hello\n").as_bytes()), Ok(true));
    assert!(look(script, &requests, format!("{head}HELLO\n").as_bytes()).is_err());
}
