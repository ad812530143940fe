#![no_main]

libfuzzer_sys::fuzz_target!(init: trunkline_fuzz::start(), |data: &[u8]| {
    trunkline_fuzz::timed(trunkline_fuzz::schema::fuzz::lowering, data);
});
