/* Starts Swagger UI on our own document. Every address is this server's: the validator badge,
   the only thing that would leave it, is off, and no setting is read from the page's query. */
"use strict";

(function () {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = function () {
    document.documentElement.classList.toggle("dark-mode", dark.matches);
  };
  dark.addEventListener("change", follow);
  follow();

  const place = document.getElementById("explorer");
  SwaggerUIBundle({
    url: new URL(place.dataset.openapi, window.location.href).href,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    validatorUrl: null,
    queryConfigEnabled: false,
    // A key stays in this tab's memory: nothing of it is written to the browser's storage.
    persistAuthorization: false,
    deepLinking: true,
    // With more than a hundred operations an open list is a wall: start with the resources.
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    filter: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
  });
})();
