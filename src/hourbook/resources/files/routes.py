"""The operations of files: upload a picture, read a file.

An upload is taken apart and its picture written anew before the transaction. Reading needs no
credential: the address is the key.
"""

from hourbook.http.operation import Call, Content, CredentialUse, Preparation, Upload, operation
from hourbook.http.uploads import only_file
from hourbook.resources.files import actions
from hourbook.resources.files.rules import Picture
from hourbook.resources.files.wire import FileOut

# A picture is data: nothing in it may run, be sniffed as something else, or load more.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    # The bytes at an address never change.
    "Cache-Control": "public, max-age=31536000, immutable",
}


def _read_picture(preparation: Preparation, body: Upload) -> tuple[str, Picture, str]:
    sent = only_file(body)
    name, picture = actions.read_picture(sent.name, sent.content_type, sent.content)
    return name, picture, actions.new_address()


@operation(
    "POST",
    "/file/image",
    contract="uploadImage",
    action="file.upload",
    journals=("FILE",),
    media="multipart/form-data",
    prepare=_read_picture,
    lane="pictures",
)
def upload_image(call: Call, body: Upload, prepared: tuple[str, Picture, str]) -> FileOut:
    """Uploads a picture for a profile or a logo."""
    name, picture, token = prepared
    file = actions.keep_picture(call.write, name, picture, token=token)
    return FileOut(name=file.name, url=actions.address_of(call.read, file))


@operation("GET", "/files/{file_token}", contract=None, action="file.read", credential=CredentialUse.NONE)
def read_file(call: Call, file_token: str) -> Content:
    """Reads an uploaded file by its address."""
    file = actions.get_file(call.read, file_token)
    call.headers.update(_HEADERS)
    call.headers["Content-Disposition"] = f'inline; filename="{file.id}.{file.token.rpartition(".")[2]}"'
    return Content(file.content, file.content_type)
