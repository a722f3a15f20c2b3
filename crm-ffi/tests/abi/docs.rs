//! Each guide begins with the program that is tested.

use crate::root;

#[test]
fn each_guide_begins_with_its_quickstart() {
    let guides = [
        ("docs/c.md", "c", "examples/c/quickstart.c"),
        ("docs/cpp.md", "cpp", "examples/cpp/quickstart.cpp"),
        ("docs/csharp.md", "csharp", "examples/csharp/Quickstart.cs"),
    ];
    for (guide, language, program) in guides {
        let text = std::fs::read_to_string(root().join(guide)).unwrap();
        let program = std::fs::read_to_string(root().join(program)).unwrap();
        let (_, shown) = text.split_once(&format!("```{language}\n")).unwrap();
        assert!(shown.starts_with(&program), "{guide} shows another program than the tested one");
    }
}
