//! Writes the descriptor set of files under one root, for comparison with another compiler's: `descriptor_set ROOT OUT FILE...`.
#![expect(clippy::print_stdout, reason = "its output")]

use trunkline::schema::{Schema, Source};

fn main() {
    let mut args = std::env::args().skip(1);
    let (Some(root), Some(out)) = (args.next(), args.next()) else { return };
    for (number, file) in args.enumerate() {
        let source =
            Source::Protos { paths: vec![format!("{root}/{file}").into()], import_paths: vec![root.clone().into()] };
        let result = Schema::load(&source).map_err(|problem| vec![problem]).and_then(|schema| {
            if !schema.problems.is_empty() {
                return Err(schema.problems);
            }
            schema.types_of_file(&file)
        });
        match result {
            Ok(types) => match types.encode_file(&file) {
                Some(encoded) => {
                    std::fs::write(format!("{out}/{number}.pb"), encoded).unwrap_or_default();
                    println!("ok {number} {file}");
                }
                None => println!("lost {number} {file}"),
            },
            Err(problems) => {
                println!("refused {number} {file}");
                for problem in problems {
                    println!("    {}", problem.to_string().replace('\n', "\n    "));
                }
            }
        }
    }
}
