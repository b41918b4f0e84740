//! Link settings of the addon. `setup` also keeps the library loaded, so that a worker thread that
//! ends cannot take the code away from under a writer thread.

fn main() {
    napi_build::setup();
}
