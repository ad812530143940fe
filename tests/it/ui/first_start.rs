//! The first start: a newcomer presses one button and sees an answer.

use egui::Role;

use super::driver::Home;

#[test]
fn the_first_start_needs_one_click_to_an_answer() {
    let home = Home::new();
    let mut screen = home.start();
    assert!(home.demo().join("trunkline.json").is_file());
    assert!(home.demo().join("protos/helloworld.proto").is_file());
    assert!(screen.chosen(Role::Tab, "Say hello"));
    assert_eq!(screen.value("Method"), "helloworld.Greeter/SayHello");
    assert_eq!(screen.value("name"), "Ada");
    screen.assert_says("Hello world");

    screen.send();
    screen.wait_for_text("Hello, Ada!");
    screen.assert_says("0 OK");
    screen.assert_says("0 problems");
}
