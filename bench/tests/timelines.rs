//! The pictures beside a record of timelines are what this program draws from it.

use std::fs;
use std::path::Path;

use bench::trace::draw::svg;
use bench::trace::record::{KIND, Recorded, file_name};

#[test]
fn every_picture_is_drawn_from_its_record() {
    let runs = Path::new(env!("CARGO_MANIFEST_DIR")).join("runs");
    for file in fs::read_dir(&runs).expect("the records") {
        let path = file.expect("a record").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a record");
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        if value["kind"] != KIND {
            continue;
        }
        let folder = path.with_extension("");
        let record = Recorded::read(&path).expect("timelines");
        for trace in &record.traces {
            let drawn = fs::read_to_string(folder.join(file_name(&trace.model)))
                .unwrap_or_else(|error| panic!("the picture of {}: {error}", trace.model));
            let again = format!("bench trace --from {} --svg {}", path.display(), folder.display());
            assert!(drawn == svg(trace), "{} is drawn anew by: {again}", trace.model);
        }
        let pictures = fs::read_dir(&folder).expect("the pictures").count();
        assert_eq!(
            pictures,
            record.traces.len(),
            "{}: a picture without a trace",
            folder.display()
        );
    }
}
