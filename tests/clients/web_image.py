"""The web server image of the first journey, buildable without any network."""

import shutil
from pathlib import Path

PAGE = "Hello World!"
DOCKERFILE = """FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
RUN /bin/busybox mkdir -p /var/www/html && echo '{page}' > /var/www/html/index.html
ENV PORT=80
EXPOSE 80
CMD exec /bin/busybox httpd -f -p $PORT -h /var/www/html
"""


def write_web_image(folder: Path, busybox: Path, page: str = PAGE) -> None:
    """Write into `folder` what `docker build` needs to make a web server that shows `page`."""
    folder.mkdir(exist_ok=True)
    shutil.copy(busybox, folder / "busybox")
    (folder / "Dockerfile").write_text(DOCKERFILE.format(page=page))
