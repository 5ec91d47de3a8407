//! Uses each service of its host.

#[rustfmt::skip]
mod bindings;

use bindings::exports::test::user::task;
use bindings::mortise::sql::database::{Connection, Error, Transaction, Value};
use bindings::wasi::config::store as config;
use bindings::wasi::keyvalue::atomics::{self, Cas, CasError};
use bindings::wasi::keyvalue::{batch, store};
use bindings::wasi::logging::logging::{self, Level};

struct Plugin;

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn keyvalue(seen: &mut Vec<String>) -> Result<(), store::Error> {
    let bucket = store::open("default")?;
    bucket.set("apple", b"red")?;
    seen.push(format!("apple: {}", text(bucket.get("apple")?.unwrap())));
    seen.push(format!("pear: {}", bucket.exists("pear")?));
    atomics::increment(&bucket, "count", 40)?;
    seen.push(format!("count: {}", atomics::increment(&bucket, "count", 2)?));

    let stale = Cas::new(&bucket, "apple")?;
    bucket.set("apple", b"green")?;
    let Err(CasError::CasFailed(fresh)) = atomics::swap(stale, b"blue") else {
        panic!("it was swapped");
    };
    seen.push(format!("now: {}", text(fresh.current()?.unwrap())));
    assert!(atomics::swap(fresh, b"blue").is_ok());

    let both = batch::get_many(&bucket, &["apple".into(), "pear".into()])?;
    assert!(both[1].is_none());
    let (key, value) = both.into_iter().next().flatten().unwrap();
    seen.push(format!("batch: {key} {}", text(value)));
    seen.push(format!("keys: {}", bucket.list_keys(None)?.keys.join(" ")));
    assert!(matches!(store::open("other"), Err(store::Error::NoSuchStore)));
    Ok(())
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Integer(number) => *number,
        other => panic!("no number: {other:?}"),
    }
}

fn sql(seen: &mut Vec<String>) -> Result<(), Error> {
    let shop = Connection::open("shop")?;
    let insert = "INSERT INTO item (name, price) VALUES (?, ?)";
    let item = [Value::Text("o'apple".into()), Value::Real(0.5)];
    seen.push(format!("row: {}", shop.execute(insert, &item)?.last_row_id));
    let table = shop.query("SELECT name, price FROM item ORDER BY id", &[])?;
    let Value::Text(name) = &table.rows[1][0] else {
        panic!("no text");
    };
    seen.push(format!("item: {name} of {}", table.rows.len()));

    let undone = shop.begin()?;
    undone.execute("DELETE FROM item", &[])?;
    drop(undone);
    let done = shop.begin()?;
    done.execute("DELETE FROM item WHERE name = ?", &item[..1])?;
    Transaction::commit(done)?;
    let count = shop.query("SELECT count(*) FROM item", &[])?;
    seen.push(format!("left: {}", number(&count.rows[0][0])));
    match shop.query("SELECT secret FROM card", &[]) {
        Err(Error::Denied(what)) => seen.push(format!("denied: {what}")),
        other => panic!("not denied: {other:?}"),
    }
    Ok(())
}

impl task::Guest for Plugin {
    fn run() -> Result<Vec<String>, String> {
        logging::log(Level::Debug, "task", "nobody wants to know");
        logging::log(Level::Info, "task", "begins\nnow");
        let mut seen = Vec::new();
        let greeting = config::get("greeting").map_err(|e| e.to_string())?;
        seen.push(format!("greeting: {}", greeting.unwrap_or_default()));
        assert!(config::get("none").map_err(|e| e.to_string())?.is_none());
        keyvalue(&mut seen).map_err(|e| e.to_string())?;
        sql(&mut seen).map_err(|e| e.to_string())?;
        Ok(seen)
    }

    fn fail() {
        let transaction = Connection::open("shop").unwrap().begin().unwrap();
        transaction.execute("DELETE FROM item", &[]).unwrap();
        panic!("in the middle of it");
    }
}

bindings::export!(Plugin);
