//! Requests to addresses that people write, against a stranger's site, and against what is to be kept from them.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use klieg_server::outbound::{Error, Outbound, Page, Policy};

use crate::site::{HERE, Says, Site};

const HTML: &str = "<title>A page</title>";
const THIS_MACHINE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Another host that may be called on.
const THERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

/// A client that may call on these sites' ports, but on no address of this machine except the one where strangers' sites are.
fn client(sites: &[&Site]) -> Outbound {
    let ports = sites.iter().map(|site| site.address.port()).collect();
    let policy = Policy { ports, addresses: vec![HERE, THERE], time: Duration::from_secs(20), ..Policy::default() };
    Outbound::new(policy, "link preview").unwrap()
}

/// As [`client`], with little time for others.
fn hasty(sites: &[&Site]) -> Outbound {
    let ports = sites.iter().map(|site| site.address.port()).collect();
    let policy =
        Policy { ports, addresses: vec![HERE, THERE], time: Duration::from_millis(2_500), ..Policy::default() };
    Outbound::new(policy, "link preview").unwrap()
}

async fn page(client: &Outbound, address: &str) -> Result<Page, Error> {
    client.page(&address.parse().unwrap()).await
}

#[tokio::test]
async fn a_page_is_asked_for_by_name_and_with_nothing_to_know_one_by() {
    let site = Site::open(HERE, |path| match path {
        "/" => Says::redirect("/page?a=1#there"),
        _ => Says::page(HTML),
    })
    .await;
    let client = client(&[&site]);
    let found = page(&client, &site.url("/")).await.unwrap();
    assert_eq!((found.address.as_str(), found.html.as_str()), (site.url("/page?a=1#there").as_str(), HTML));
    let asked = site.asked();
    assert_eq!(asked.len(), 2);
    let agent = format!("user-agent: klieg/{} (+link preview)\r\n", env!("CARGO_PKG_VERSION"));
    for head in asked.iter().map(|head| head.to_lowercase()) {
        assert!(head.contains(&agent) && head.contains("accept-encoding: identity\r\n"), "{head}");
        for bad in ["cookie", "referer", "authorization", "forwarded", "origin", "#"] {
            assert!(!head.contains(bad), "{head}");
        }
    }
}

#[tokio::test]
async fn redirects_are_few_and_each_is_looked_at() {
    let secret = Site::open(THIS_MACHINE, |_| Says::page("<title>secret</title>")).await;
    let at = secret.address.port();
    let site = Site::open(HERE, move |path| match path {
        "/four" => Says::redirect("/three"),
        "/three" => Says::redirect("two"),
        "/two" => Says::redirect("?one"),
        "/two?one" => Says::redirect("/page"),
        "/page" => Says::page(HTML),
        "/round" => Says::redirect("/round"),
        "/nowhere" => Says::with("302 Found", "X: y", b""),
        "/machine" => Says::redirect(&format!("http://127.0.0.1:{at}/")),
        "/number" => Says::redirect(&format!("http://2130706433:{at}/")),
        "/mapped" => Says::redirect(&format!("http://[::ffff:127.0.0.1]:{at}/")),
        "/name" => Says::redirect(&format!("http://localhost:{at}/")),
        "/cloud" => Says::redirect(&format!("http://169.254.169.254:{at}/latest/meta-data/")),
        "/file" => Says::redirect("file:///etc/passwd"),
        "/login" => Says::redirect(&format!("http://admin:admin@127.0.0.2:{at}/")),
        _ => Says::redirect("http://127.0.0.2:1/"),
    })
    .await;
    let client = client(&[&site, &secret]);
    assert_eq!(page(&client, &site.url("/three")).await.unwrap().html, HTML);
    for (path, error) in [
        ("/four", Error::Redirects),
        ("/round", Error::Redirects),
        ("/nowhere", Error::Redirects),
        ("/machine", Error::NotPublic),
        ("/number", Error::NotPublic),
        ("/mapped", Error::NotPublic),
        ("/name", Error::NotPublic),
        ("/cloud", Error::NotPublic),
        ("/file", Error::Scheme),
        ("/login", Error::LogIn),
        ("/port", Error::Port(1)),
    ] {
        assert_eq!(page(&client, &site.url(path)).await, Err(error), "{path}");
    }
    assert!(secret.asked().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_not_called_on() {
    let secret = Site::open(THIS_MACHINE, |_| Says::page("<title>secret</title>")).await;
    let client = client(&[&secret]);
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "0.0.0.0", "[::]"] {
        let address = format!("http://{host}:{}/", secret.address.port());
        assert_eq!(page(&client, &address).await, Err(Error::NotPublic), "{host}");
    }
    assert!(secret.asked().is_empty());
}

#[tokio::test]
async fn little_is_read_and_only_of_what_is_a_page() {
    let site = Site::open(HERE, |path| match path {
        "/large" => Says::page(&"x".repeat(1 << 20)),
        "/picture" => Says::with("200 OK", "Content-Type: image/png", b"\x89PNG"),
        "/packed" => Says::with("200 OK", "Content-Type: text/html\r\nContent-Encoding: gzip", b"\x1f\x8b\x08"),
        "/latin" => Says::with("200 OK", "Content-Type: text/html", b"<title>gr\xfcn</title>"),
        "/missing" => Says::with("404 Not Found", "Content-Type: text/html", b"<title>no</title>"),
        "/silent" => Says::with("200 OK", "X: y", b"<title>no type</title>"),
        "/short" => Says::Bytes(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99\r\n\r\nx".to_vec()),
        _ => Says::Bytes(b"\x00\x01 no HTTP at all\r\n\r\n".to_vec()),
    })
    .await;
    let client = client(&[&site]);
    assert_eq!(page(&client, &site.url("/large")).await.unwrap().html.len(), 256 << 10);
    for (path, error) in [
        ("/picture", Error::NotAPage),
        ("/packed", Error::NotAPage),
        ("/latin", Error::NotAPage),
        ("/silent", Error::NotAPage),
        ("/missing", Error::Status(404)),
    ] {
        assert_eq!(page(&client, &site.url(path)).await, Err(error), "{path}");
    }
    for path in ["/short", "/garbage"] {
        let found = page(&client, &site.url(path)).await;
        assert!(matches!(found, Err(Error::Unreachable(_))), "{path}: {found:?}");
    }
}

#[tokio::test]
async fn a_site_that_takes_its_time_is_left() {
    let site = Site::open(HERE, |path| match path {
        "/dripping" => {
            let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n";
            Says::Slowly(head.to_vec(), Duration::from_millis(20))
        }
        "/head" => Says::Slowly(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), Duration::from_millis(20)),
        _ => Says::Slowly(Vec::new(), Duration::from_hours(1)),
    })
    .await;
    let client = hasty(&[&site]);
    for path in ["/dripping", "/head", "/mute"] {
        let began = std::time::Instant::now();
        assert_eq!(page(&client, &site.url(path)).await, Err(Error::Slow), "{path}");
        assert!(began.elapsed() < Duration::from_secs(10), "{path}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_redirect_that_waits_for_its_turn_is_not_late() {
    let there = Site::open(THERE, |path| match path {
        "/mute" => Says::Slowly(Vec::new(), Duration::from_hours(1)),
        _ => Says::page(HTML),
    })
    .await;
    let at = there.url("/page");
    let site = Site::open(HERE, move |_| Says::redirect(&at)).await;
    let client = hasty(&[&site, &there]);
    let (mute, short) = (there.url("/mute"), site.url("/"));
    let after_those = async {
        while there.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        page(&client, &short).await
    };
    // Twice the time that a site has passes until the other host is free.
    let (one, two, found) = tokio::join!(page(&client, &mute), page(&client, &mute), after_those);
    assert_eq!((one, two), (Err(Error::Slow), Err(Error::Slow)));
    assert_eq!(found.unwrap().address.as_str(), there.url("/page"));
}

#[tokio::test]
async fn a_redirect_keeps_the_place_in_the_page_unless_it_names_one() {
    let site = Site::open(HERE, |path| match path {
        "/plain" => Says::redirect("/page"),
        "/placed" => Says::redirect("/plain#there"),
        "/top" => Says::redirect("/page#"),
        _ => Says::page(HTML),
    })
    .await;
    let client = client(&[&site]);
    for (link, found) in [
        ("/page#here", "/page#here"),
        ("/plain", "/page"),
        ("/plain#here", "/page#here"),
        ("/placed", "/page#there"),
        ("/placed#here", "/page#there"),
        ("/top#here", "/page#"),
    ] {
        assert_eq!(page(&client, &site.url(link)).await.unwrap().address.as_str(), site.url(found), "{link}");
    }
}

#[tokio::test]
async fn a_network_that_is_denied_is_not_called_on_by_redirect_either() {
    let secret = Site::open(THERE, |_| Says::page("<title>secret</title>")).await;
    let at = secret.url("/");
    let site = Site::open(HERE, move |_| Says::redirect(&at)).await;
    let ports = vec![site.address.port(), secret.address.port()];
    let deny = vec!["127.0.0.3/32".parse().unwrap()];
    let policy = Policy { ports, addresses: vec![HERE, THERE], deny, ..Policy::default() };
    let client = Outbound::new(policy, "link preview").unwrap();
    for address in [site.url("/"), secret.url("/")] {
        assert_eq!(page(&client, &address).await, Err(Error::NotPublic), "{address}");
    }
    assert!(secret.asked().is_empty());
}

#[tokio::test]
async fn a_site_has_one_request_at_a_time() {
    let site = Site::open(HERE, |_| Says::page(HTML)).await;
    let client = client(&[&site]);
    let address = site.url("/");
    let all = futures_util::future::join_all((0..12).map(|_| page(&client, &address))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!((site.asked().len(), site.most_at_once()), (12, 1));
}
