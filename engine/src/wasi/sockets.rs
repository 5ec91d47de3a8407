//! wasi:sockets: there is a network, and whatever is asked of it is denied.

use super::{Define, Linker, Store, is_method_of, resource, unreachable_method};
use wasmtime::Result;
use wasmtime::component::{Resource, Val};

struct Network;
struct ResolveAddressStream;
struct TcpSocket;
struct UdpSocket;
struct IncomingDatagramStream;
struct OutgoingDatagramStream;

/// The error code is a case of an enum that is not written down here: Wasmtime looks it up in the
/// type that the component has for it.
fn denied(into: &mut Linker<'_>, name: &str) -> Result<()> {
    into.func_new(name, |mut store, _, params, results| {
        // What is lent by values of any type has to be given back.
        for param in params {
            if let Val::Resource(lent) = param {
                lent.resource_drop(&mut store)?;
            }
        }
        let code = Val::Enum("access-denied".into());
        results.fill(Val::Result(Err(Some(Box::new(code)))));
        Ok(())
    })
}

pub fn find(interface: &str, item: &str) -> Option<Define> {
    let define: Define = match (interface, item) {
        ("instance-network", "instance-network") => |into: &mut Linker<'_>, name| {
            into.func_wrap(name, |_: Store<'_>, (): ()| {
                Ok((Resource::<Network>::new_own(0),))
            })
        },
        ("network", "network") => resource::<Network>,
        // Of an error of a stream, and there is none that came from a socket.
        ("network", "network-error-code") => |into, name| {
            into.func_new(name, |_, _, _, results| {
                results.fill(Val::Option(None));
                Ok(())
            })
        },
        ("tcp-create-socket", "create-tcp-socket")
        | ("udp-create-socket", "create-udp-socket")
        | ("ip-name-lookup", "resolve-addresses") => denied,
        ("ip-name-lookup", "resolve-address-stream") => resource::<ResolveAddressStream>,
        ("ip-name-lookup", method) if is_method_of(method, &["resolve-address-stream"]) => {
            unreachable_method
        }
        ("tcp", "tcp-socket") => resource::<TcpSocket>,
        ("tcp", method) if is_method_of(method, &["tcp-socket"]) => unreachable_method,
        ("udp", "udp-socket") => resource::<UdpSocket>,
        ("udp", "incoming-datagram-stream") => resource::<IncomingDatagramStream>,
        ("udp", "outgoing-datagram-stream") => resource::<OutgoingDatagramStream>,
        ("udp", method)
            if is_method_of(
                method,
                &[
                    "udp-socket",
                    "incoming-datagram-stream",
                    "outgoing-datagram-stream",
                ],
            ) =>
        {
            unreachable_method
        }
        _ => return None,
    };
    Some(define)
}
