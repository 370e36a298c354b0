//! The API's description, made from the routes themselves.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use utoipa::Modify;
use utoipa::OpenApi as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};

use crate::app::App;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Klieg",
        description = "The JSON API of a Klieg server. Every list is paged by cursor, every moment is RFC 3339 UTC, every \
                       error is a problem document (RFC 9457).",
        version = "1",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(klieg_api::Problem, crate::channels::Sort)),
    tags(
        (name = "accounts", description = "Signing up, logging in, one's own account"),
        (name = "channels", description = "Who is live, and channels"),
        (name = "rooms", description = "What is said around a show"),
        (name = "notifications", description = "What one is told of without having been there"),
        (name = "broadcasting", description = "Stream keys and the health of one's broadcast"),
    ),
    modifiers(&Security)
)]
struct Description;

/// What the routes are added to.
pub fn base() -> OpenApi {
    Description::openapi()
}

/// The document as it is served, printed and checked in.
pub fn to_text(document: &OpenApi) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(document)? + "\n")
}

/// Every operation answers errors in the same way; said here once for all of them.
pub fn finish(mut document: OpenApi) -> OpenApi {
    Problems.modify(&mut document);
    document
}

pub async fn serve(State(app): State<App>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(app.openapi.as_ref().clone()))
}

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An access token of POST /api/v1/sessions"))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::Http(scheme));
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token of POST /api/v1/me/tokens that has the scope named"))
            .build();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut OpenApi) {
        let problem = Ref::from_schema_name("Problem");
        let response = ResponseBuilder::new()
            .description("A problem document")
            .content("application/problem+json", ContentBuilder::new().schema(Some(problem)).build())
            .build();
        for item in document.paths.paths.values_mut() {
            let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
            for operation in operations.into_iter().flatten() {
                operation.responses.responses.entry("default".to_owned()).or_insert_with(|| RefOr::T(response.clone()));
            }
        }
    }
}
