/** Captions in a small window that stays above others, for video calls (Document Picture-in-Picture). */

import { $ } from "./dom.js";

export function offerFloating() {
  const { documentPictureInPicture } = window;
  if (!documentPictureInPicture) return;
  const [button, home, caption] = [$("float"), $("caption-home"), $("caption")];
  button.hidden = false;
  button.onclick = async () => {
    if (documentPictureInPicture.window) return documentPictureInPicture.window.close();
    const floating = await documentPictureInPicture.requestWindow({ width: 460, height: 260 });
    for (const { href } of /** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll('link[rel="stylesheet"]'))) {
      floating.document.head.append(Object.assign(floating.document.createElement("link"), { rel: "stylesheet", href }));
    }
    floating.document.title = "Captions";
    floating.document.documentElement.lang = "en";
    floating.document.documentElement.style.setProperty("--caption", document.documentElement.style.getPropertyValue("--caption"));
    floating.document.body.className = "floating";
    floating.document.body.append(caption); // the same element: whatever changes it goes on doing so
    button.textContent = "Bring captions back";
    floating.addEventListener("pagehide", () => {
      home.append(caption);
      button.textContent = "Float captions";
    });
    return undefined;
  };
}
