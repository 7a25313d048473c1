/** A door to the dashboard for a browser; the console of the product is another thing. */
export const signInPage = `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<title>学籍 · 运维</title>
<style>
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 22rem; margin: 15vh auto; padding: 0 1rem }
  label { display: block; margin: 1rem 0 }
  input, button { font: inherit; width: 100%; padding: .4rem; box-sizing: border-box }
</style>
<h1>运维登录 <small>Operator</small></h1>
<form id="sign-in">
  <label>账号 Account <input name="account" autocomplete="username" required maxlength="80"></label>
  <label>密钥 Secret <input name="secret" type="password" autocomplete="current-password" required maxlength="200"></label>
  <button>登录 Sign in</button>
  <p id="answer" role="alert"></p>
</form>
<script src="/operator/sign-in.js"></script>
</html>
`;

export const script = `document.getElementById('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const ask = async (path, options) => {
    const reply = await fetch('/api/gateway/v1/' + path, { method: 'POST', ...options });
    if (reply.ok) return reply.status === 204 ? {} : reply.json();
    const problem = await reply.json();
    throw new Error(problem.detail + ' ' + problem.en.detail);
  };
  try {
    const { account, secret } = Object.fromEntries(new FormData(event.target));
    const body = JSON.stringify({ account, secret });
    const { token } = await ask('tokens', { headers: { 'content-type': 'application/json' }, body });
    await ask('operator/session', { headers: { authorization: 'Bearer ' + token } });
    location.assign('/operator/queues');
  } catch (fault) {
    document.getElementById('answer').textContent = fault.message;
  }
});
`;
