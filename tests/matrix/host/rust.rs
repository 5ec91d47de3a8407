//! Calls every function of its host.

#[rustfmt::skip]
mod bindings;

use bindings::exports::matrix::host::task;
use bindings::matrix::host::store::{self, Cursor, Entry, Level};

struct Plugin;

impl task::Guest for Plugin {
    fn run(words: Vec<String>) -> Result<u32, String> {
        for word in words {
            store::log(Level::Info, &format!("word {word}"));
            let entry = Entry {
                key: format!("k-{word}"),
                value: word.into_bytes(),
            };
            store::put(&entry)?;
            assert_eq!(store::get(&entry.key), Some(entry.value));
        }
        let cursor = Cursor::new("k-");
        let mut count = 0;
        while let Some(key) = cursor.next() {
            store::log(Level::Debug, &key);
            count += 1;
        }
        Ok(count)
    }
}

bindings::export!(Plugin);
