//! Writes WIT by chance: `smith FOLDER COUNT` makes FOLDER/000.wit, 001.wit and so on, each a package
//! that has a world, and the packages that it needs. A number gives the same WIT each time, whatever
//! COUNT is.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::path::Path;

use arbitrary::{Arbitrary, Unstructured};
use wit_component::{DecodedWasm, WitPrinter};
use wit_parser::{PackageId, Resolve};
use wit_smith::Config;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count] = arguments.as_slice() else {
        return Err("usage: smith FOLDER COUNT".into());
    };
    // wit-smith panics where what it wrote is no WIT: see below.
    set_hook(Box::new(|_| ()));
    for number in 0..count.parse::<u64>()? {
        // Not all bytes make WIT, or a world.
        let wit = (0..).find_map(|again| wit(number << 32 | again, number % 4 == 0));
        let file = Path::new(folder).join(format!("{number:03}.wit"));
        std::fs::write(&file, wit.unwrap_or_default())?;
    }
    Ok(())
}

/// `all`: also of what a binding leaves out.
fn wit(seed: u64, all: bool) -> Option<String> {
    let bytes = bytes(seed, 1 << 14);
    let mut bytes = Unstructured::new(&bytes);
    let config = Config {
        // As many as a person can read, where they fail.
        max_packages: 3,
        max_type_size: 40,
        max_type_parts: 6,
        fixed_length_lists: true,
        world_include: true,
        async_: all,
        futures: all,
        streams: all,
        error_context: all,
        implements: all,
        ..Config::arbitrary(&mut bytes).ok()?
    };
    let wasm = catch_unwind(AssertUnwindSafe(|| wit_smith::smith(&config, &mut bytes)));
    let wasm = wasm.ok()?.ok()?;
    let DecodedWasm::WitPackage(resolve, main) = wit_component::decode(&wasm).ok()? else {
        return None;
    };
    let mut worlds = resolve.packages[main].worlds.values();
    let worlds = worlds.any(|&world| {
        let world = &resolve.worlds[world];
        world.imports.len() + world.exports.len() > 1
    });
    if !worlds {
        return None;
    }
    let packages = resolve.packages.iter().map(|(id, _)| id);
    let others: Vec<PackageId> = packages.filter(|&id| id != main).collect();
    let mut printer = WitPrinter::default();
    printer.print(&resolve, main, &others).ok()?;
    let text = printer.output.to_string();
    // What `include` brings along may have feature gates of other versions, and is no WIT then.
    let mut again = Resolve::new();
    again.all_features = true;
    again.push_str("world.wit", &text).ok()?;
    Some(text)
}

/// SplitMix64.
fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let mut bytes: Vec<u8> = (0..count / 8).flat_map(|_| next().to_le_bytes()).collect();
    // Lists go on while the next byte is odd: more odd bytes make longer ones.
    for byte in &mut bytes {
        *byte |= u8::from(next() % 4 != 0);
    }
    bytes
}
