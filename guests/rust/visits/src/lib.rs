//! Counts visits in a key-value store, whoever runs it: wasi:keyvalue, as it is published.

wit_bindgen::generate!({
    path: ["../../../wit/services/deps/keyvalue-0.2.0-draft", "wit"],
    world: "example:visits/visits",
    generate_all,
});

use wasi::keyvalue::store::{Error, open};
use wasi::keyvalue::{atomics, batch};

struct Visits;

fn visit(bucket: &str, who: &str) -> Result<String, Error> {
    let bucket = open(bucket)?;
    let count = atomics::increment(&bucket, "visits", 1)?;
    bucket.set("last", who.as_bytes())?;
    batch::set_many(&bucket, &[(format!("guest/{who}"), Vec::new())])?;

    let last = bucket.get("last")?.unwrap_or_default();
    let mut guests = Vec::new();
    let mut cursor = None;
    loop {
        let page = bucket.list_keys(cursor)?;
        let named = page
            .keys
            .iter()
            .filter_map(|key| key.strip_prefix("guest/"));
        guests.extend(named.map(str::to_string));
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    guests.sort();
    if !bucket.exists("visits")? {
        return Err(Error::Other("what was written is not there".into()));
    }
    Ok(format!(
        "{count} visits, {} last; {}",
        String::from_utf8_lossy(&last),
        guests.join(", ")
    ))
}

impl Guest for Visits {
    fn visit(bucket: String, who: String) -> Result<String, String> {
        visit(&bucket, &who).map_err(|error| match error {
            Error::NoSuchStore => "no such store".to_string(),
            Error::AccessDenied => "access denied".to_string(),
            Error::Other(why) => why,
        })
    }
}

export!(Visits);
