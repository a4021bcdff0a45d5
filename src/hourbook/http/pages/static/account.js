/* What a person needs a page for until there is a web app: signing in, answering an invitation,
   setting a forgotten password. It uses the API like any other program and keeps nothing:
   the session is in a cookie that no script can read. */
"use strict";

(function () {
  const section = document.getElementById("account");
  const title = document.getElementById("account-title");
  const text = document.getElementById("account-text");
  const more = document.getElementById("account-more");
  const forms = ["sign-in", "accept", "set-password"].map((id) => document.getElementById(id));
  const api = section.dataset.root + "/api/hourbook/v1";
  let csrfToken = null;

  async function ask(method, path, body) {
    const headers = { "Content-Type": "application/json" };
    if (csrfToken !== null) headers["X-CSRF-Token"] = csrfToken;
    const sent = { method, headers, body: method === "GET" ? undefined : JSON.stringify(body || {}) };
    const answer = await fetch(api + path, sent);
    const content = await answer.text();
    const found = content ? JSON.parse(content) : null;
    if (!answer.ok) throw Object.assign(new Error(found ? found.message : "The server refused."), { status: answer.status });
    return found;
  }

  function say(words, isRefusal) {
    text.textContent = words;
    text.classList.toggle("refused", Boolean(isRefusal));
  }

  function show(heading, words, form, links) {
    section.hidden = false;
    title.textContent = heading;
    say(words);
    for (const one of forms) one.hidden = one.id !== form;
    more.hidden = !links;
    more.replaceChildren(...(links || []).map(([label, act]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", () => attempt(act));
      return button;
    }));
    title.focus();
  }

  async function attempt(act) {
    try {
      await act();
    } catch (error) {
      say(error.message, true);
    }
  }

  function onSubmit(id, act) {
    const form = document.getElementById(id);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
      button.disabled = true;
      await attempt(() => act(values, form));
      button.disabled = false;
    });
  }

  function token() {
    return window.location.hash.split("/")[2] || "";
  }

  async function session() {
    try {
      const found = await ask("GET", "/session");
      csrfToken = found.csrfToken;
      return found;
    } catch (error) {
      if (error.status === 401) return null;
      throw error;
    }
  }

  function showSession(found) {
    const who = found.user.name || found.user.email;
    show("Your account", "You are signed in as " + who + ".", null, [
      ["Sign out", async () => {
        await ask("POST", "/sign-out");
        csrfToken = null;
        window.location.hash = "#/sign-in";
        await go();
      }],
    ]);
  }

  async function showInvitation() {
    const found = await ask("GET", "/invitations/" + token());
    const present = await session();
    const words = (found.inviter || "Somebody") + " invites " + found.email + " to the workspace " + found.workspaceName + ".";
    const decline = ["Decline", async () => {
      await ask("POST", "/invitations/" + token() + "/decline");
      show("Invitation", "You declined the invitation.", null);
    }];
    if (present !== null && present.user.email.toLowerCase() === found.email.toLowerCase()) {
      show("Invitation", words, null, [["Join", join], decline]);
      return;
    }
    const signIn = ["I have an account", () => show("Sign in to join", words, "sign-in", [decline])];
    show("Invitation", words, "accept", [signIn, decline]);
  }

  async function join() {
    await ask("POST", "/invitations/" + token() + "/join");
    show("Invitation", "You joined the workspace.", null);
  }

  onSubmit("sign-in", async (values, form) => {
    try {
      const found = await ask("POST", "/sign-in", values);
      csrfToken = found.csrfToken;
      form.reset();
      if (window.location.hash.startsWith("#/invitations/")) await join();
      else showSession(found);
    } catch (error) {
      const code = form.querySelector("[name=code]").parentElement;
      if (/second factor/i.test(error.message)) code.hidden = false;
      throw error;
    }
  });

  onSubmit("accept", async (values, form) => {
    const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    const found = await ask("POST", "/invitations/" + token() + "/accept", { ...values, timeZone });
    csrfToken = found.csrfToken;
    form.reset();
    show("Welcome", "Your account is ready, and you are signed in.", null);
  });

  onSubmit("set-password", async (values, form) => {
    await ask("POST", "/password-resets", { token: token(), ...values });
    form.reset();
    show("Password", "Your new password is set. Sign in with it.", "sign-in");
  });

  async function go() {
    const page = window.location.hash.split("/")[1];
    section.hidden = true;
    if (page === "invitations") await showInvitation();
    else if (page === "set-password") show("A new password", "Choose a new password for your account.", "set-password");
    else if (page === "sign-in") {
      const present = await session();
      if (present === null) show("Sign in", "", "sign-in");
      else showSession(present);
    }
  }

  async function start() {
    try {
      await go();
    } catch (error) {
      show("Your account", "", null);
      say(error.message, true);
    }
  }

  window.addEventListener("hashchange", start);
  start();
})();
