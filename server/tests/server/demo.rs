//! The people of the demo, who talk about the show that is on.

use klieg_server::admin::{self, Command};

use crate::live::Person;
use crate::support::start;

#[tokio::test]
async fn the_people_of_the_demo_talk_as_other_clients_do() {
    let server = start().await;
    let config = server.server.app().config.clone();
    admin::run(&config, Command::SeedDemo { force: false }).await.unwrap();
    let mut guest = Person::join(&server, None, "nova").await;
    let heard = async {
        let said = guest.event("message").await["message"].clone();
        assert_eq!(said["author"]["handle"], "tidewater");
        assert!(!said["text"].as_str().unwrap().is_empty());
        guest.find(|frame| frame["is"] == "presence" && frame["present"] == 2).await;
    };
    tokio::select! {
        ended = admin::run(&config, Command::TalkDemo { server: server.url("") }) => panic!("{ended:?}"),
        () = heard => {}
    }
}
