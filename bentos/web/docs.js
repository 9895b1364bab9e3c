/** The routes of the service, by Swagger UI. */

/** @type {{ SwaggerUIBundle(options: Record<string, unknown>): void }} */
const { SwaggerUIBundle } = /** @type {any} */ (window);

SwaggerUIBundle({ url: "/openapi.json", domNode: document.getElementById("routes"), deepLinking: true });
