//! Schemas read from folders, sets and reflection answers as a whole.

use std::fs;
use std::path::PathBuf;

use prost::Message as _;

use super::*;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load(paths: Vec<PathBuf>, import_paths: Vec<PathBuf>) -> Schema {
    Schema::load(&Source::Protos { paths, import_paths }).unwrap()
}

fn names(schema: &Schema) -> Vec<(&str, &str)> {
    schema.services.iter().map(|s| (s.full_name.as_str(), s.file.as_str())).collect()
}

#[track_caller]
fn compile_all(schema: &Schema) {
    for service in &schema.services {
        let types = schema.types(&service.full_name, &service.file).unwrap();
        for method in &service.methods {
            let path = MethodPath { service: service.full_name.clone(), method: method.name.clone() };
            let descriptor = types.method(&path).unwrap();
            assert_eq!(descriptor.input().full_name(), method.input);
            assert_eq!(descriptor.output().full_name(), method.output);
        }
    }
}

const GREETER: &str = "syntax = \"proto3\"; package hello;\nservice Greeter { rpc SayHello(HelloRequest) returns \
                       (HelloReply); }\nmessage HelloRequest { string name = 1; } message HelloReply { string reply = 1; }";
const HELLO: &str = "syntax = \"proto3\"; package hello;\nservice Hello { rpc SayHello(HelloRequest) returns (HelloReply); \
                     }\nmessage HelloRequest { string name = 1; int32 age = 2; } message HelloReply { string message = 1; }";

#[test]
fn a_descriptor_set_never_holds_two_files_of_one_name() {
    let empty = "syntax = \"proto3\";";
    let user = "syntax = \"proto3\"; import \"a.proto\";";
    let folder = folder(&[("one/a.proto", empty), ("lib/a.proto", empty), ("two/b.proto", user)]);
    let [one, two, lib] = ["one", "two", "lib"].map(|name| folder.path().join(name));
    let mut task = Check { paths: vec![one, two], import_paths: vec![lib], descriptor_set: true, ..Check::default() };
    assert_eq!(check(&task).unwrap().problems, []);
    task.include_imports = true;
    let messages: Vec<String> = check(&task).unwrap().problems.into_iter().map(|problem| problem.message).collect();
    assert_eq!(messages, ["the descriptor set holds another file named 'a.proto'"]);
}

#[test]
fn two_files_that_define_the_same_names_are_both_usable() {
    let folder = folder(&[("greeter.proto", GREETER), ("hello.proto", HELLO)]);
    let schema = load(vec![folder.path().to_owned()], vec![]);
    assert_eq!(schema.problems, []);
    assert_eq!(names(&schema), [("hello.Greeter", "greeter.proto"), ("hello.Hello", "hello.proto")]);
    compile_all(&schema);
    let fields = |service: &str, file: &str| {
        schema.types(service, file).unwrap().pool().get_message_by_name("hello.HelloRequest").unwrap().fields().len()
    };
    assert_eq!((fields("hello.Greeter", "greeter.proto"), fields("hello.Hello", "hello.proto")), (1, 2));
    let first = schema.types("hello.Hello", "hello.proto").unwrap();
    assert!(Arc::ptr_eq(&first, &schema.types("hello.Hello", "hello.proto").unwrap()));
}

#[test]
fn a_bad_file_does_not_hide_the_good_ones() {
    let folder = folder(&[("greeter.proto", GREETER), ("bad.proto", "syntax = \"proto3\";\nmesage X {}\n")]);
    let schema = load(vec![folder.path().to_owned()], vec![]);
    assert_eq!(names(&schema), [("hello.Greeter", "greeter.proto")]);
    assert_eq!(schema.file_count, 2);
    assert_eq!(schema.problems.len(), 1);
    assert_eq!(schema.problems[0].position, Some((2, 1)));
    assert_eq!(schema.problems[0].source_line.as_deref(), Some("mesage X {}"));
    assert_eq!(schema.problems[0].hint.as_deref(), Some("Did you mean `message`?"));
}

const SERVICE: &str = "syntax = \"proto3\";\npackage shop.v1;\nimport \"shop/v1/types.proto\";\nimport \
                       \"google/protobuf/empty.proto\";\nservice Shop { rpc Buy(Order) returns (google.protobuf.Empty); }";
const TYPES: &str = "syntax = \"proto3\"; package shop.v1; // Order comment.\n// What is bought.\nmessage Order { string \
                     id = 1; }";

#[test]
fn a_file_opened_alone_finds_its_root() {
    let folder = folder(&[("p/shop/v1/shop.proto", SERVICE), ("p/shop/v1/types.proto", TYPES)]);
    let schema = load(vec![folder.path().join("p/shop/v1/shop.proto")], vec![]);
    assert_eq!(schema.problems, []);
    assert_eq!(names(&schema), [("shop.v1.Shop", "shop/v1/shop.proto")]);
    let types = schema.types("shop.v1.Shop", "shop/v1/shop.proto").unwrap();
    assert_eq!(types.doc("shop.v1.Order"), "What is bought.");
}

#[test]
fn a_missing_import_tells_where_it_was_sought_and_what_would_mend_it() {
    let folder = folder(&[("api/shop.proto", SERVICE), ("third/shop/v1/types.proto", TYPES)]);
    let schema = load(vec![folder.path().join("api")], vec![]);
    assert_eq!(names(&schema).len(), 1);
    let [problem] = schema.problems.as_slice() else { panic!("{:?}", schema.problems) };
    assert_eq!(problem.message, "import 'shop/v1/types.proto' not found");
    assert_eq!(problem.position, Some((3, 1)));
    assert_eq!(problem.suggested_import_path, Some(folder.path().join("third")));
    assert!(problem.hint.as_ref().unwrap().contains(&folder.path().join("api").display().to_string()));
    assert_eq!(schema.types("shop.v1.Shop", "shop.proto").unwrap_err(), std::slice::from_ref(problem));

    let mended = load(vec![folder.path().join("api")], vec![folder.path().join("third")]);
    assert_eq!(mended.problems, []);
    let types = mended.types("shop.v1.Shop", "shop.proto").unwrap();
    assert_eq!(types.doc("shop.v1.Order"), "What is bought.");
}

#[test]
fn the_first_import_path_that_has_a_file_wins() {
    let other = TYPES.replace("string id", "int32 id");
    let folder =
        folder(&[("a/shop/v1/types.proto", TYPES), ("b/shop/v1/types.proto", &other), ("s/shop.proto", SERVICE)]);
    for (first, second, expected) in [("a", "b", "string"), ("b", "a", "int32")] {
        let roots = vec![folder.path().join(first), folder.path().join(second)];
        let schema = load(vec![folder.path().join("s/shop.proto")], roots);
        let types = schema.types("shop.v1.Shop", "shop.proto").unwrap();
        let order = types.pool().get_message_by_name("shop.v1.Order").unwrap();
        assert_eq!(format!("{:?}", order.get_field(1).unwrap().kind()), expected);
    }
}

#[test]
fn files_of_one_import_name_stay_apart() {
    let folder = folder(&[("a/x.proto", GREETER), ("b/x.proto", GREETER)]);
    let schema = load(vec![folder.path().join("a/x.proto"), folder.path().join("b/x.proto")], vec![]);
    assert_eq!(schema.services.len(), 2);
    assert_ne!(schema.services[0].file, schema.services[1].file);
    compile_all(&schema);
}

#[test]
fn one_file_under_two_import_names_is_one_file() {
    let folder = folder(&[
        (
            "svc.proto",
            "syntax = \"proto3\"; import \"b/types.proto\"; import \"b/common.proto\"; service S { rpc M(T) returns (C); }",
        ),
        ("b/types.proto", "syntax = \"proto3\"; import \"common.proto\"; message T { C c = 1; }"),
        ("b/common.proto", "syntax = \"proto3\"; message C {}"),
    ]);
    let schema = load(vec![folder.path().to_owned()], vec![]);
    assert_eq!(schema.problems, []);
    compile_all(&schema);
}

#[test]
fn nothing_to_read_is_an_error() {
    let folder = folder(&[("a.txt", "")]);
    let empty = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: vec![] };
    assert_eq!(Schema::load(&empty).unwrap_err().message, "no .proto files here");
    let missing = Source::Protos { paths: vec![folder.path().join("x.proto")], import_paths: vec![] };
    assert_eq!(Schema::load(&missing).unwrap_err().message, "no such file or folder");
    let set = Source::DescriptorSet { path: folder.path().join("a.txt") };
    assert_eq!(Schema::load(&set).unwrap_err().message, "the descriptor set is empty");
    fs::write(folder.path().join("a.txt"), "not a set").unwrap();
    assert!(Schema::load(&set).unwrap_err().message.starts_with("is not a descriptor set"));
}

fn encoded(name: &str, source: &str) -> bytes::Bytes {
    unit::Unit::parse(name, name, source.to_owned()).unwrap().descriptor.encode_to_vec().into()
}

#[test]
fn a_schema_is_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Schema>();
    shared::<Types>();
}

#[test]
fn reflection_answers_may_be_doubled_incomplete_and_out_of_order() {
    let unknown = prost_types::FileDescriptorProto {
        name: Some("junk.proto".into()),
        syntax: Some("<unknown:0>".into()),
        ..Default::default()
    };
    let files = vec![
        encoded("shop.proto", SERVICE),
        encoded("shop/v1/types.proto", TYPES),
        encoded("shop.proto", SERVICE),
        unknown.encode_to_vec().into(),
        bytes::Bytes::from_static(b"\xff\xff"),
        encoded("a.proto", "syntax = \"proto3\"; import \"b.proto\"; service A { rpc M(X) returns (X); } message X {}"),
        encoded("b.proto", "syntax = \"proto3\"; import \"a.proto\";"),
        encoded(
            "c.proto",
            "syntax = \"proto3\"; import \"gone.proto\"; service C { rpc M(Y) returns (Y); } message Y {}",
        ),
        encoded("d.proto", "syntax = \"proto3\"; import \"gone.proto\"; service D { rpc M(Gone) returns (Gone); }"),
    ];
    let named = ["shop.v1.Shop", "A", "C", "D", "Lost"].map(str::to_owned).to_vec();
    let schema = Schema::from_reflection("localhost:1", named, files, vec![]);
    let listed: Vec<_> = names(&schema).into_iter().map(|(name, _)| name).collect();
    assert_eq!(listed, ["A", "C", "D", "shop.v1.Shop"]);
    assert!(schema.types("shop.v1.Shop", "shop.proto").is_ok());
    assert!(schema.types("C", "c.proto").is_ok(), "a missing file of which nothing is used is passed over");
    assert!(schema.types("A", "a.proto").is_err());
    let types = schema.types("D", "d.proto").unwrap();
    assert_eq!(types.describe("Gone").as_deref().map(|text| text.ends_with("message Gone {}\n")), Some(true));
    assert_eq!(schema.undescribed, ["Lost"]);
    let text = schema.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    for part in [
        "unknown syntax",
        "cannot be decoded",
        "import cycle: a.proto -> b.proto -> a.proto",
        "'Lost'",
        "service 'D' is described in part: without 'gone.proto', Gone is not known",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_descriptor_set_is_listed_and_compiled() {
    let types = TYPES.replace("string id = 1", "string id = 1 [deprecated = true]");
    let set = [encoded("shop.proto", SERVICE), encoded("shop/v1/types.proto", &types)];
    let mut bytes = Vec::new();
    for file in &set {
        prost::encoding::bytes::encode(1, file, &mut bytes);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.pb");
    fs::write(&path, bytes).unwrap();
    let schema = Schema::load(&Source::DescriptorSet { path }).unwrap();
    assert_eq!(schema.problems, []);
    compile_all(&schema);

    // Without what it imports.
    let mut bytes = Vec::new();
    prost::encoding::bytes::encode(1, &set[0], &mut bytes);
    let path = folder.path().join("one.pb");
    fs::write(&path, bytes).unwrap();
    let schema = Schema::load(&Source::DescriptorSet { path }).unwrap();
    assert_eq!(schema.services.len(), 1);
    assert_eq!(schema.problems[0].message, "import 'shop/v1/types.proto' not found");
    assert!(schema.problems[0].hint.as_ref().unwrap().contains("--include_imports"));
    let types = schema.types("shop.v1.Shop", "shop.proto").unwrap();
    assert!(types.doc("shop.v1.Order").starts_with("Not known"));
}

#[test]
fn a_descriptor_set_may_be_json_as_buf_writes_it() {
    let json = r#"{ "file": [{
        "name": "a.proto", "package": "a", "syntax": "proto3",
        "messageType": [{ "name": "M", "field": [
            { "name": "id", "number": 1, "label": "LABEL_OPTIONAL", "type": "TYPE_STRING", "jsonName": "id",
              "options": { "[other.option]": { "x": 1 } } }] }],
        "service": [{ "name": "S", "method": [{ "name": "Do", "inputType": ".a.M", "outputType": ".a.M" }] }],
        "bufExtension": { "isImport": false, "isSyntaxUnspecified": false } }] }"#;
    let folder = folder(&[("image.json", json), ("broken.json", "{ \"file\": [ }"), ("other.json", "{}")]);
    let load = |name: &str| Schema::load(&Source::DescriptorSet { path: folder.path().join(name) });
    let schema = load("image.json").unwrap();
    assert_eq!(schema.problems, []);
    assert_eq!(names(&schema), [("a.S", "a.proto")]);
    compile_all(&schema);
    assert!(load("broken.json").unwrap_err().message.starts_with("is not a descriptor set in JSON: "));
    assert_eq!(load("other.json").unwrap_err().message, "the descriptor set is empty");
}

#[test]
fn a_descriptor_set_in_json_keeps_custom_options() {
    let json = r#"{ "file": [
        { "name": "o.proto", "package": "o", "dependency": ["google/protobuf/descriptor.proto"], "syntax": "proto2",
          "extension": [{ "name": "unit", "number": 50001, "label": "LABEL_OPTIONAL", "type": "TYPE_STRING",
                          "extendee": ".google.protobuf.FieldOptions" }] },
        { "name": "a.proto", "package": "a", "dependency": ["o.proto"], "syntax": "proto3", "messageType": [
          { "name": "M", "field": [{ "name": "size", "number": 1, "label": "LABEL_OPTIONAL", "type": "TYPE_INT32",
                                     "options": { "[o.unit]": "bytes", "[lost.option]": { "x": 1 } } }] }] }
    ] }"#;
    let folder = folder(&[("image.json", json)]);
    let schema = Schema::load(&Source::DescriptorSet { path: folder.path().join("image.json") }).unwrap();
    let types = schema.types_of_file("a.proto").unwrap();
    assert!(types.describe("a.M").unwrap().contains("int32 size = 1 [(o.unit) = \"bytes\"];"));
}

#[test]
fn the_modules_of_buf_are_roots() {
    let folder = folder(&[
        ("buf.yaml", "version: v2\nmodules:\n  - path: api\n  - path: shared\n"),
        ("api/deep/shop.proto", SERVICE),
        ("shared/shop/v1/types.proto", TYPES),
    ]);
    for opened in ["", "api", "api/deep/shop.proto"] {
        let schema = load(vec![folder.path().join(opened)], vec![]);
        assert_eq!(schema.problems, [], "{opened}");
        assert_eq!(names(&schema), [("shop.v1.Shop", "deep/shop.proto")]);
        assert!(schema.types("shop.v1.Shop", "deep/shop.proto").is_ok());
    }
}

#[test]
fn a_big_tree_is_listed_without_its_faults_but_for_the_odd_ones() {
    let mut sources: Vec<(String, String)> = (0..400)
        .map(|index| {
            let field = if index == 7 { "Gone g = 1;" } else { "" };
            let text = format!(
                "syntax = \"proto3\";\nimport \"none.proto\";\n// Doc.\nservice S{index:03} {{ rpc C(M{index}) returns \
                 (M{index}); }} message M{index} {{ {field} }}"
            );
            (format!("d/f{index:03}.proto"), text)
        })
        .collect();
    sources.push(("odd.proto".to_owned(), "syntax = \"proto3\";\nmesage X {}".to_owned()));
    sources.push(("fine.proto".to_owned(), "syntax = \"proto3\"; message Y { Gone g = 1; }".to_owned()));
    let sources: Vec<(&str, &str)> = sources.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&sources);
    let schema = load(vec![folder.path().to_owned()], vec![]);
    assert_eq!((schema.file_count, schema.services.len()), (402, 400));
    assert_eq!((schema.services[0].doc.as_str(), schema.services[0].methods[0].input.as_str()), ("Doc.", "M0"));
    let [missing, odd] = schema.problems.as_slice() else { panic!("{:?}", schema.problems) };
    assert_eq!((missing.message.as_str(), missing.position), ("import 'none.proto' not found", Some((2, 1))));
    let hint = missing.hint.as_deref().unwrap();
    assert!(hint.contains("399 more files import it: ") && hint.ends_with("and others."), "{hint}");
    assert_eq!(odd.position, Some((2, 1)));

    let check = check(&Check { paths: vec![folder.path().to_owned()], ..Check::default() }).unwrap();
    let messages: Vec<&str> = check.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert!(messages.contains(&"name 'Gone' is not defined"));
}

#[test]
fn symbols_are_found_in_any_file() {
    let folder = folder(&[
        ("greeter.proto", GREETER),
        (
            "shop/v1/types.proto",
            "syntax = \"proto3\"; package shop.v1; message Order { enum Size { BIG = 0; } Size size = 1; }",
        ),
    ]);
    let schema = load(vec![folder.path().to_owned()], vec![]);
    for (symbol, kind) in [
        ("hello.Greeter", SymbolKind::Service),
        ("hello.HelloReply", SymbolKind::Message),
        ("google.protobuf.Timestamp", SymbolKind::Message),
    ] {
        assert_eq!(schema.find_symbol(symbol).and_then(|types| types.symbol_kind(symbol)), Some(kind), "{symbol}");
    }
    assert!(schema.find_symbol("hello.Nobody").is_none());
}

#[test]
fn symbols_of_imports_that_were_not_opened_are_found_too() {
    let folder = folder(&[("s/shop.proto", SERVICE), ("r/shop/v1/types.proto", TYPES)]);
    let schema = load(vec![folder.path().join("s/shop.proto")], vec![folder.path().join("r")]);
    let types = schema.find_symbol(".shop.v1.Order.id").unwrap();
    assert_eq!(types.symbol_kind("shop.v1.Order.id"), Some(SymbolKind::Field));
}

#[test]
fn a_map_entry_without_a_value_is_refused() {
    let mut file = unit::Unit::parse(
        "m.proto",
        "m.proto",
        "syntax = \"proto3\"; message M { map<string, string> m = 1; } service S { rpc C(M) returns (M); }".to_owned(),
    )
    .unwrap()
    .descriptor;
    file.message_type[0].nested_type[0].field.truncate(1);
    let schema = Schema::from_reflection("t", vec!["S".to_owned()], vec![file.encode_to_vec().into()], vec![]);
    assert_eq!(schema.services.len(), 1);
    assert!(schema.types("S", "m.proto").unwrap_err()[0].message.contains("is not a map entry"));
}

#[test]
fn a_tree_parsed_by_several_threads_keeps_its_order() {
    let sources: Vec<(String, String)> = (0..200)
        .map(|index| {
            let body = if index == 77 { "mesage" } else { "message" };
            let import = if index > 0 { format!("import \"d/f{:03}.proto\";", index - 1) } else { String::new() };
            let rpc = format!("service S{index:03} {{ rpc C(M{index}) returns (M{index}); }}");
            (format!("d/f{index:03}.proto"), format!("syntax = \"proto3\"; {import} {rpc} {body} M{index} {{}}"))
        })
        .collect();
    let sources: Vec<(&str, &str)> = sources.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&sources);
    let schema = load(vec![folder.path().to_owned()], vec![]);
    assert_eq!((schema.file_count, schema.services.len(), schema.problems.len()), (200, 199, 1));
    assert!(schema.services.is_sorted_by_key(|service| service.full_name.clone()));
    assert!(schema.types("S076", "d/f076.proto").is_ok());
    // What imports a broken file is told of the fault in it.
    assert_eq!(schema.types("S199", "d/f199.proto").unwrap_err(), schema.problems);
}

#[test]
fn reading_tells_how_far_it_is_and_ends_when_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..5 {
        fs::write(folder.path().join(format!("{number}.proto")), "syntax = \"proto3\";").unwrap();
    }
    let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
    let progress = Progress::default();
    Schema::load_with(&source, &progress).unwrap();
    assert_eq!((progress.done(), progress.total()), (5, 5));
    let progress = Progress::default();
    progress.cancel();
    assert_eq!(Schema::load_with(&source, &progress).unwrap_err().message, "reading was cancelled");
}

#[test]
fn a_check_finds_what_listing_does_not_show() {
    let folder = folder(&[
        ("good.proto", "syntax = \"proto3\"; package p; message M {}"),
        ("bad.proto", "syntax = \"proto3\"; package p; message N { Nope a = 1; }"),
    ]);
    let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
    let schema = Schema::load(&source).unwrap();
    assert!(schema.problems.is_empty());
    let progress = Progress::default();
    let problems = schema.check(&progress).unwrap();
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["name 'Nope' is not defined"]);
    assert_eq!((progress.done(), progress.total()), (2, 2));
    progress.cancel();
    assert_eq!(schema.check(&progress), None);
}

#[test]
fn a_check_tells_of_a_cycle_through_a_file_that_is_only_imported() {
    let folder = folder(&[
        ("a.proto", "syntax = \"proto3\"; import \"b.proto\"; message A {}"),
        ("b.proto", "syntax = \"proto3\"; import \"a.proto\"; message B {}"),
    ]);
    let source = Source::Protos { paths: vec![folder.path().join("a.proto")], import_paths: Vec::new() };
    let problems = Schema::load(&source).unwrap().check(&Progress::default()).unwrap();
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["import cycle: a.proto -> b.proto -> a.proto"]);
}

#[test]
fn the_rules_files_come_along_for_those_who_have_none() {
    let user = "syntax = \"proto3\"; import \"buf/validate/validate.proto\"; import \"validate/validate.proto\";
        message M { string f = 1 [(buf.validate.field).string.min_len = 2]; string g = 2 [(validate.rules).string.len = 2]; }";
    let folder = folder(&[("user.proto", user)]);
    let paths = vec![folder.path().to_owned()];
    let schema = load(paths.clone(), vec![]);
    assert_eq!(schema.problems, []);
    assert!(schema.types_of_file("user.proto").is_ok());
    let task = Check { paths, descriptor_set: true, include_imports: true, ..Check::default() };
    let checked = check(&task).unwrap();
    assert_eq!(checked.problems, []);
    let set = prost_types::FileDescriptorSet::decode(checked.descriptor_set.as_slice()).unwrap();
    let files: Vec<String> = set.file.iter().map(|file| file.name().to_owned()).collect();
    assert!(files.contains(&"buf/validate/validate.proto".to_owned()), "{files:?}");
    assert!(files.contains(&"validate/validate.proto".to_owned()), "{files:?}");
    let to = tempfile::tempdir().unwrap();
    let saved = save_protos(&[Part { schema: &schema, symbol: None }], to.path(), false);
    assert!(saved.is_complete() && to.path().join("buf/validate/validate.proto").is_file(), "{saved:?}");
}
