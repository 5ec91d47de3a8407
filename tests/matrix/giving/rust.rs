//! A plugin for the world `giving`.

#[rustfmt::skip]
mod bindings;

use bindings::exports::matrix::giving::jars;

struct Plugin;

impl jars::Guest for Plugin {
    type Jar = Jar;

    fn smash_all(jars: Vec<jars::Jar>) -> u32 {
        jars.into_iter().map(|jar| jar.into_inner::<Jar>().coins).sum()
    }
}

struct Jar {
    coins: u32,
}

impl jars::GuestJar for Jar {
    fn new(coins: u32) -> Self {
        Jar { coins }
    }

    fn coins(&self) -> u32 {
        self.coins
    }

    fn smash(jar: jars::Jar) -> u32 {
        jar.into_inner::<Jar>().coins
    }
}

bindings::export!(Plugin);
