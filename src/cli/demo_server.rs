//! `trunkline demo-server`: the demo services until Ctrl-C.
//!
//! Must not know: what the services do.

use super::flags::DemoServerFlags;
use super::terminal::{Stop, note, print};
use crate::demo::{self, Port};
use crate::engine::Engine;

/// Serves until Ctrl-C. The address goes to standard output, so that a script can read it.
pub(super) fn serve(engine: &Engine, flags: &DemoServerFlags) -> Result<(), Stop> {
    let port = flags.port.map_or(Port::Preferably(demo::DEFAULT_PORT), Port::Exactly);
    engine.block_on(async {
        let server = demo::start(port).await.map_err(|error| Stop::Failed(error.to_string()))?;
        print(&server.address.to_string())?;
        note(&format!(
            "Plaintext gRPC with reflection and health. Ctrl-C stops it. In another terminal:\n  \
             trunkline list --plaintext {0}\n  \
             trunkline call --plaintext -d '{{\"name\": \"Ada\"}}' {0} helloworld.Greeter/SayHello",
            server.address
        ));
        tokio::signal::ctrl_c().await.map_err(|error| Stop::Failed(format!("cannot wait for Ctrl-C: {error}")))
    })
}
