//! What messages link to, from the message to the card that everybody sees.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::live::{Answer, PATIENCE, Person};
use crate::site::{HERE, Says, Site};
use crate::support::{ROOMY, TestServer, start_in, start_with};

/// The configuration of a server that looks links up, also at this site.
fn with_previews(site: &Site) -> String {
    let port = site.address.port();
    ROOMY.replace("link_previews = false\n", &format!("[outbound]\nports = [{port}]\naddresses = ['{HERE}']\n"))
}

async fn site() -> Site {
    Site::open(HERE, |path| match path {
        "/short" => Says::redirect("/page"),
        "/placed" => Says::redirect("/page#there"),
        "/page" => Says::page(
            "<title>no</title><meta property='og:title' content='A &lt;b&gt;page&lt;/b&gt;'>\
             <meta name=description content='What  it\nis'><meta property='og:site_name' content='Example'>\
             <meta property='og:image' content='https://tracker.example/pixel.png'>",
        ),
        _ => Says::with("500 Internal Server Error", "Content-Type: text/html", b"<title>no</title>"),
    })
    .await
}

async fn snapshot(server: &TestServer) -> Value {
    let mut guest = Person::join(server, None, "ada").await;
    guest.find(|frame| frame["is"] == "snapshot").await
}

#[tokio::test]
async fn what_a_message_links_to_is_looked_up_once_and_goes_with_the_message() {
    let site = site().await;
    let file = with_previews(&site);
    let server = start_with(&file).await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    viewer.say("ada", &format!("a stranger says {}", site.url("/page"))).await.done();
    let mut messages = Vec::new();
    for number in 0..3 {
        let text = format!("{number}: see {}", site.url("/short#part"));
        messages.push(creator.say("ada", &text).await.done()["message"].clone());
    }
    for _ in &messages {
        let told = viewer.event("preview").await;
        assert!(messages.contains(&told["message"]), "{told}");
        let preview = json!({
            "url": site.url("/page#part"),
            "title": "A <b>page</b>",
            "description": "What it is",
            "site": "Example",
        });
        assert_eq!(told["preview"], preview, "words, and no picture");
    }
    assert_eq!(site.asked().len(), 2, "{:?}", site.asked());

    let TestServer { server, data, .. } = server;
    server.stop().await;
    let server = start_in(data, &file).await;
    let kept = snapshot(&server).await;
    let titles: Vec<&Value> =
        kept["messages"].as_array().unwrap().iter().map(|said| &said["preview"]["title"]).collect();
    let title = json!("A <b>page</b>");
    assert_eq!(titles, [&Value::Null, &title, &title, &title]);

    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    creator.ask(json!({ "do": "delete", "room": "ada", "message": messages[0] })).await.done();
    assert_eq!(snapshot(&server).await["messages"].as_array().unwrap().len(), 3);
    let off = json!({ "do": "set", "room": "ada", "settings": { "no_previews": true } });
    creator.ask(off).await.done();
    creator.say("ada", &site.url("/page?again")).await.done();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(site.asked().len(), 2, "the room wants none");
}

#[tokio::test]
async fn a_page_that_says_nothing_is_not_asked_again_and_the_talk_goes_on() {
    let site = site().await;
    let server = start_with(&with_previews(&site)).await;
    let ada = server.person("ada").await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    for text in
        ["http://localhost/", "http://169.254.169.254/latest", "https://user:secret@example.org", "http://[::1]/"]
    {
        creator.say("ada", text).await.done();
    }
    for _ in 0..3 {
        creator.say("ada", &site.url("/broken")).await.done();
    }
    creator.say("ada", &site.url("/page")).await.done();
    creator.event("preview").await;
    let began = Instant::now();
    while site.asked().len() < 2 && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(site.asked().len(), 2, "{:?}", site.asked());
    assert!(!creator.seen.iter().any(|frame| frame["event"] == "preview"), "{:?}", creator.seen);
}

#[tokio::test]
async fn a_card_leads_to_the_place_that_a_redirect_names() {
    let site = site().await;
    let server = start_with(&with_previews(&site)).await;
    let ada = server.person("ada").await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    for (link, leads) in [("/placed#here", "/page#there"), ("/placed", "/page#there"), ("/short#here", "/page#here")] {
        creator.say("ada", &site.url(link)).await.done();
        assert_eq!(creator.event("preview").await["preview"]["url"], site.url(leads), "{link}");
    }
}

#[tokio::test]
async fn each_person_and_each_room_has_a_share_of_what_is_looked_up() {
    let site = Site::open(HERE, |_| Says::page("<title>A page</title>")).await;
    let shares = "link_previews = '2/h'\nlink_previews_of_room = '3/h'\n";
    let server = start_with(&format!("{}{shares}", with_previews(&site))).await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut moderator = Person::join(&server, Some(&bob), "ada").await;
    creator.ask(json!({ "do": "appoint", "room": "ada", "who": "bob", "moderator": true })).await.done();
    let (first, second, third) = (site.url("/1"), site.url("/2"), site.url("/3"));
    let (fourth, fifth) = (site.url("/4"), site.url("/5"));
    for link in [&first, &second] {
        let said = creator.say("ada", link).await.done();
        assert_eq!(creator.event("preview").await["message"], said["message"]);
    }
    creator.say("ada", &third).await.done();
    let said = moderator.say("ada", &fourth).await.done();
    moderator.find(|frame| frame["event"] == "preview" && frame["message"] == said["message"]).await;
    moderator.say("ada", &fifth).await.done();
    // What is known already costs nothing.
    let said = creator.say("ada", &first).await.done();
    creator.find(|frame| frame["event"] == "preview" && frame["message"] == said["message"]).await;
    let kept = snapshot(&server).await;
    let titles: Vec<&Value> =
        kept["messages"].as_array().unwrap().iter().map(|said| &said["preview"]["title"]).collect();
    let (title, none) = (json!("A page"), Value::Null);
    assert_eq!(titles, [&title, &title, &none, &title, &none, &title]);
    assert_eq!(site.asked().len(), 3, "{:?}", site.asked());
}

#[tokio::test]
async fn an_operator_who_wants_no_look_ups_has_none() {
    let site = site().await;
    let file = format!("link_previews = false\n{}", with_previews(&site));
    let server = start_with(&file).await;
    let ada = server.person("ada").await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    creator.say("ada", &site.url("/page")).await.done();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(site.asked().is_empty());
    assert!(snapshot(&server).await["messages"][0]["preview"].is_null());
}
