// Passkeys, where the browser has them: allauth's scripts do the rest (mfa/js/webauthn.js).

const parts = document.querySelectorAll(".passkey");
for (const part of parts) {
  part.hidden = !window.PublicKeyCredential;
}
document.addEventListener("allauth.error", (event) => {
  event.preventDefault(); // somebody who thought better of it is no error to log
  for (const line of document.querySelectorAll("[data-passkey-error]")) {
    line.hidden = false;
  }
});
