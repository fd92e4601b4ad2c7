"""WordPress of Debian's packages: nginx, php-fpm and MariaDB, run by the user with data of their own."""

import getpass
import json
import shutil
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.contenders import Contender, article, built, program, run, running, until
from bench.nginx import nginx
from bench.report import NotMeasured

INSTALLED = Path("/usr/share/wordpress")
PACKAGES = "wordpress wordpress-theme-twentytwentythree php-fpm php-mysql mariadb-server"
CONFIGURATION = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('BENCH_SOCKET'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', 'http://' . ($_SERVER['HTTP_HOST'] ?? '127.0.0.1'));
define('WP_SITEURL', WP_HOME);
define('WP_HTTP_BLOCK_EXTERNAL', true);  // nothing leaves this machine
define('DISABLE_WP_CRON', true);
define('WP_DEBUG', false);
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY',
          'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $name) {
    define($name, 'only for measuring, on this machine: ' . $name);
}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }
require_once ABSPATH . 'wp-settings.php';
"""
INSTALL = """<?php
define('WP_INSTALLING', true);
require 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
function wp_mail() { return true; }
wp_install('Site', 'editor', 'editor@example.org', true, '', bin2hex(random_bytes(12)));
[$title, $body] = json_decode(file_get_contents('article.json'), true);
echo wp_insert_post(['post_title' => $title, 'post_content' => $body, 'post_status' => 'publish']);
"""
# Five processes are the most that Debian's own pool has.
POOL = """
[global]
error_log = /dev/stderr
daemonize = no
[www]
{user}
listen = {socket}
pm = static
pm.max_children = 5
clear_env = no
"""
SERVER = """
root "{folder}/site";
index index.php;
location ~ \\.php$ {{
    fastcgi_pass unix:{socket};
    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
    fastcgi_param SCRIPT_NAME $fastcgi_script_name;
    fastcgi_param QUERY_STRING $query_string;
    fastcgi_param REQUEST_METHOD $request_method;
    fastcgi_param REQUEST_URI $request_uri;
    fastcgi_param DOCUMENT_ROOT $document_root;
    fastcgi_param SERVER_PROTOCOL $server_protocol;
    fastcgi_param SERVER_NAME 127.0.0.1;
    fastcgi_param SERVER_PORT $server_port;
    fastcgi_param REMOTE_ADDR $remote_addr;
}}
"""


def build(folder):
    # The package links to files elsewhere on the machine, some of them of packages that may be absent.
    shutil.copytree(INSTALLED, folder / "site", ignore_dangling_symlinks=True)
    themes = [path for path in (folder / "site/wp-content/themes").iterdir() if path.is_dir()]
    if not themes:
        raise NotMeasured("it has no theme. On Debian: sudo apt-get install wordpress-theme-twentytwentythree")
    (folder / "site/wp-config.php").write_text(CONFIGURATION)
    (folder / "site/article.json").write_text(json.dumps(article()))
    (folder / "site/install.php").write_text(INSTALL)
    user = f"--user={getpass.getuser()}"
    run(
        program("mariadb-install-db", "mariadb-server"),
        "--no-defaults",
        f"--datadir={folder / 'data'}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        user,
    )
    with database(folder) as socket:
        run("mariadb", "--no-defaults", f"--socket={socket}", "--user=root", "--execute=CREATE DATABASE wordpress")
        post = run(program("php", "php-cli"), "install.php", cwd=folder / "site", BENCH_SOCKET=socket)
    (folder / "post").write_text(post.strip())


@contextmanager
def database(folder):
    """Run MariaDB on the folder's data, reached by a socket that only the user can open, and give its path."""
    with tempfile.TemporaryDirectory() as sockets:
        socket, log = Path(sockets) / "mariadb", folder / "mariadb.log"
        command = [program("mariadbd", "mariadb-server"), "--no-defaults", f"--datadir={folder / 'data'}"]
        command += [f"--socket={socket}", "--skip-networking", f"--user={getpass.getuser()}"]
        command += [f"--pid-file={sockets}/pid"]
        with running(command, log) as process:
            until(socket.exists, process, log)
            yield str(socket)


@contextmanager
def php(folder, database_socket):
    """Run php-fpm, and give the path of its socket."""
    path = program(next((path.name for path in Path("/usr/sbin").glob("php-fpm*")), "php-fpm"), "php-fpm")
    with tempfile.TemporaryDirectory() as sockets:
        socket, log = Path(sockets) / "php", folder / "php.log"
        as_root = getpass.getuser() == "root"
        user = "user = root\ngroup = root" if as_root else ""
        (folder / "pool.conf").write_text(POOL.format(socket=socket, user=user))
        command = [path, "--nodaemonize", "--fpm-config", folder / "pool.conf", *(["--allow-to-run-as-root"] * as_root)]
        with running(command, log, BENCH_SOCKET=database_socket) as process:
            until(socket.exists, process, log)
            yield socket


@contextmanager
def wordpress():
    if not INSTALLED.exists():
        raise NotMeasured(f"Debian's packages are missing: sudo apt-get install {PACKAGES}")
    folder = built("wordpress", build, article())
    with ExitStack() as stack:
        socket = stack.enter_context(php(folder, stack.enter_context(database(folder))))
        url = stack.enter_context(nginx(folder / "nginx", SERVER.format(folder=folder, socket=socket)))
        post = (folder / "post").read_text()
        yield Contender("WordPress", f"{url}?p={post}", version())


def version():
    packages = PACKAGES.split()
    said = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Package} ${Version}, ", *packages],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return said.rstrip(", ")
